"""Which items are wanted, and what we think of them: the parts that questions on a connection are made of."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Row,
    Select,
    Subquery,
    Table,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Category, Judged
from bot.store import rows
from bot.store import tables as t
from bot.store.rows import batches

T = TypeVar("T")

LONGEST_ID = 64
"""Characters of a name that may begin an id: ids have 10, and SQLite refuses long patterns."""

LAST = "\U0010ffff"
"""The last character there is: whatever begins with a name comes before the name and this."""

NEWEST = (t.items.c.published.desc(), t.items.c.n.desc())
"""By when an item came out, and among those of one moment by when it came to us."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which items a reader asks for; everything left empty means all. `since` <= published < `until`.

    `members`: parts of the names of members of Congress, in any case and without accents. `community`: whose labels
    and heads decide what is flagged; None: the shipped heads alone. `at_least`: also what is not flagged but has this
    probability for a topic. `subjects`: those that name one of these.
    """

    topics: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    feeds: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    flagged: bool = True
    community: str | None = None
    at_least: float | None = None
    subjects: tuple[str, ...] = ()


async def with_names(c: AsyncConnection, wanted: Wanted) -> Wanted:
    """Return what is wanted with whole names of members, as `where` takes them, in the place of parts."""
    if not wanted.members:
        return wanted
    sources = await c.scalars(members())
    parts = [_folded(part) for part in wanted.members]
    named = tuple(source for source in sources if any(part in _folded(source) for part in parts))
    return replace(wanted, members=named or ("",))  # nobody has an empty name: no member, no items


def members() -> Select[Any]:
    """Ask who of Congress we have items of. From name to name: a DISTINCT would walk through all items."""
    source = t.items.c.source
    names = select(func.min(source).label("name")).cte("names", recursive=True)
    following = select(func.min(source)).where(source > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    return select(names.c.name).where(exists().where(source == names.c.name, t.items.c.category == "congress"))


def _folded(name: str) -> str:
    """Return a name as people compare them: Luján and LUJAN are one."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def where(asked: Select[Any], wanted: Wanted) -> Select[Any]:
    """Return the question narrowed to the items wanted; members by their whole names, see `with_names`."""
    c_ = t.items.c
    if wanted.flagged:
        says = _flagged(wanted.community)
        if wanted.at_least is not None:
            says = or_(says, _probability(wanted.community) >= wanted.at_least)
        mine = exists().where(t.matches.c.item_id == c_.id, says)
        asked = asked.where(mine.where(t.matches.c.topic_id.in_(wanted.topics)) if wanted.topics else mine)
    if wanted.categories:
        asked = asked.where(c_.category.in_(wanted.categories))
    if wanted.feeds:
        carried = exists().where(t.sightings.c.item_id == c_.id, t.sightings.c.feed_id.in_(wanted.feeds))
        asked = asked.where(carried)
    if wanted.members:
        asked = asked.where(c_.source.in_(wanted.members))
    if wanted.subjects:
        named_in = select(t.mentions.c.item_id).where(t.mentions.c.subject_id.in_(wanted.subjects))
        asked = asked.where(c_.id.in_(named_in))
    if wanted.since:
        asked = asked.where(c_.published >= wanted.since)
    if wanted.until:
        asked = asked.where(c_.published < wanted.until)
    return asked


def numbered(wanted: Wanted) -> Select[Any]:
    """Return the question for the `n` of all items wanted, members by their whole names.

    `where` asks each item whether it is flagged and carried: right for the newest ten, a second and more for all of a
    million. This begins at the few that a head or a person ever flagged, and at those that the feeds carry.
    """
    asked, id_ = where(select(t.items.c.n), wanted), t.items.c.id
    if wanted.flagged:
        asked = asked.where(id_.in_(_ever_flagged(wanted)))
    if wanted.feeds:
        asked = asked.where(id_.in_(select(t.sightings.c.item_id).where(t.sightings.c.feed_id.in_(wanted.feeds))))
    return asked


def _ever_flagged(wanted: Wanted) -> CompoundSelect[Any]:
    says = ((t.matches, t.matches.c.flagged), *_say_of(wanted.community))
    asked = [select(table.c.item_id).where(flags) for table, flags in says]
    if wanted.topics:
        asked = [one.where(table.c.topic_id.in_(wanted.topics)) for one, (table, _) in zip(asked, says, strict=True)]
    return union(*asked)


def _say_of(community: str | None) -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    if community is None:
        return ()
    people, heads = t.verdicts.c, t.community_matches.c
    return (
        (t.verdicts, (people.verdict == "relevant") & (people.community == community)),
        (t.community_matches, heads.flagged & (heads.community == community)),
    )


def _flagged(community: str | None) -> ColumnElement[bool]:
    """Return what says of a row of `matches` that its item is about its topic: people before heads, theirs before ours.

    Asked of each row by primary keys, so it costs readers of a community two look-ups an item.
    """
    if community is None:
        # Bare, SQLite would go through all that is flagged for every item: 36 s for 17,683 items, so 0.2.
        return func.coalesce(t.matches.c.flagged, False, type_=Boolean)
    people = _theirs(t.verdicts, t.verdicts.c.verdict == "relevant", community)
    return func.coalesce(people, likely(community), type_=Boolean)


def likely(community: str) -> ColumnElement[bool]:
    """Return what says of a row of `matches` that a head flags it: the community's where it judged, else ours."""
    theirs = _theirs(t.community_matches, t.community_matches.c.flagged, community)
    return func.coalesce(theirs, t.matches.c.flagged, type_=Boolean)


def _probability(community: str | None) -> ColumnElement[float]:
    if community is None:
        return t.matches.c.probability
    return func.coalesce(
        _theirs(t.community_matches, t.community_matches.c.probability, community), t.matches.c.probability
    )


def _theirs(table: Table, says: ColumnElement[T], community: str) -> ColumnElement[T]:
    of_row = (table.c.item_id == t.matches.c.item_id) & (table.c.topic_id == t.matches.c.topic_id)
    return select(says).where(table.c.community == community, of_row).correlate(t.matches).scalar_subquery()


async def named(c: AsyncConnection, name: str) -> Row[Any] | None:
    """Return the row of the item with this id (or the one id that begins so) or this address, or None."""
    c_, name = t.items.c, name.encode(errors="replace").decode()  # a terminal may give what no UTF-8 can hold
    # One after the other, each by an index: in one question with "or" the database walks through all items.
    exact = [c_.id == name] if "://" not in name else [c_.address == name, c_.url == name]
    for same in exact:
        if hits := (await c.execute(select(t.items).where(same).limit(1))).all():
            return hits[0]
    if not 4 <= len(name) <= LONGEST_ID:
        return None
    begins = c_.id.startswith(name, autoescape=True) & (c_.id >= name) & (c_.id < name + LAST)
    hits = (await c.execute(select(t.items).where(begins).limit(2))).all()
    return hits[0] if len(hits) == 1 else None


async def judged(c: AsyncConnection, hits: Sequence[Row[Any]], community: str | None = None) -> list[Judged]:
    """Return the items of these rows with all that belongs to them, in the order of the rows.

    `community`: as its heads and its people judge them.
    """
    ids = [row.id for row in hits]
    matches = await _grouped(c, t.matches, ids, rows.match)
    if community is not None:
        heads = await _grouped(c, _of(t.community_matches, community), ids, lambda row: row)
        people = await _grouped(c, _of(t.verdicts, community), ids, lambda row: row)
        matches = {id_: rows.overruled(matches[id_], heads[id_], people[id_]) for id_ in ids}
    mentions = await _grouped(c, t.mentions, ids, rows.mention)
    letters = await _grouped(c, select(t.attachments).order_by(t.attachments.c.place).subquery(), ids, rows.attachment)
    carried = await _grouped(c, t.sightings, ids, lambda row: (row.feed_id, row.source))
    return [
        Judged(
            item=(item := rows.item(row)),
            matches=tuple(matches[row.id]),
            mentions=tuple(mentions[row.id]),
            also=tuple(dict.fromkeys(s for f, s in carried[row.id] if f != item.feed_id and s != item.source)),
            attachments=tuple(letters[row.id]),
        )
        for row in hits
    ]


def _of(table: Table, community: str) -> Subquery:
    return select(table).where(table.c.community == community).subquery()


async def _grouped(
    c: AsyncConnection, table: FromClause, ids: Sequence[str], made: Callable[[Row[Any]], T]
) -> Mapping[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for batch in batches(ids):
        for row in await c.execute(select(table).where(table.c.item_id.in_(batch))):
            found[row.item_id].append(made(row))
    return found
