"""What communities say of items, and the heads they taught: labels with their history, verdicts, heads, matches."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import CommunityHead, Item, Judged, Label, Match, Verdict
from bot.store import rows
from bot.store import tables as t
from bot.store.asking import NEWEST, judged, likely
from bot.store.transactions import Transactions


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many items the heads flag for a topic and how many not, and what people said of those that they flag."""

    flagged: int
    unflagged: int
    flagged_labelled: int
    flagged_relevant: int


class KeptFeedback:
    """Every method is one transaction; StoreError when the database refuses."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    # -- labels --------------------------------------------------------------------------------------------

    async def label(self, label: Label) -> None:
        """Write a label, in force at once; it replaces what the same person said before of that item and topic.

        Said twice, the same is kept once, as it was said first.
        """
        async with self._transactions.writing() as c:
            earlier = await _standing(c, label.community, label.item_id, label.topic_id, label.by)
            if earlier is not None and earlier.verdict == label.verdict:
                return
            if earlier is not None:
                await _undo(c, earlier, label.by, label.at)
            await c.execute(insert(t.labels).values(asdict(label)))
            await _settle(c, label.community, label.item_id, label.topic_id)

    async def undo(
        self, community: str, item_id: str, topic_id: str, *, of: str, by: str, now: datetime
    ) -> Label | None:
        """Put the label of one person out of force, keep it in the history, and return it; None: there was none."""
        async with self._transactions.writing() as c:
            standing = await _standing(c, community, item_id, topic_id, of)
            if standing is None:
                return None
            await _undo(c, standing, by, now)
            await _settle(c, community, item_id, topic_id)
            return replace(rows.label(standing), undone=now, undone_by=by)

    async def labels(
        self, community: str, *, item_id: str | None = None, history: bool = False
    ) -> list[tuple[Label, Item]]:
        """Return the community's labels in force, or all ever given, newest first, each with its item."""
        asked = select(t.labels, t.items).join(t.items, t.items.c.id == t.labels.c.item_id)
        asked = asked.where(t.labels.c.community == community).order_by(t.labels.c.n.desc())
        if item_id is not None:
            asked = asked.where(t.labels.c.item_id == item_id)
        if not history:
            asked = asked.where(t.labels.c.undone.is_(None))
        async with self._transactions.reading() as c:
            return [(rows.label(row), rows.item(row)) for row in await c.execute(asked)]

    async def said(self, community: str, by: str) -> dict[tuple[str, str], Verdict]:
        """Return the verdicts of one person that are in force, by (item, topic)."""
        c_ = t.labels.c
        asked = select(t.labels).where(c_.community == community, c_.by == by, c_.undone.is_(None))
        async with self._transactions.reading() as c:
            return {(row.item_id, row.topic_id): row.verdict for row in await c.execute(asked)}

    async def labelled(self, community: str, topic_id: str) -> list[Judged]:
        """Return the items of which the community gave a verdict for the topic, in order of arrival."""
        c_ = t.verdicts.c
        asked = select(t.items).join(t.verdicts, c_.item_id == t.items.c.id).order_by(t.items.c.n)
        async with self._transactions.reading() as c:
            found = await c.execute(asked.where(c_.community == community, c_.topic_id == topic_id))
            return await judged(c, found.all(), community)

    # -- heads ---------------------------------------------------------------------------------------------

    async def heads(self) -> list[CommunityHead]:
        """Return the heads in force, of every community."""
        asked = select(t.community_heads).where(t.community_heads.c.retired.is_(None)).order_by(t.community_heads.c.n)

        async def found(c: AsyncConnection) -> list[CommunityHead]:
            return [rows.community_head(row) for row in await c.execute(asked)]

        return await self._transactions.read_at_once(found)

    async def put_in_force(self, head: CommunityHead, matches: Sequence[Match]) -> None:
        """Put a head in force in the place of the one before, together with what it says of items that we have."""
        async with self._transactions.writing() as c:
            await _retire(c, head, head.made, "another was put in force")
            await c.execute(insert(t.community_heads).values(asdict(head)))
            await put(c, [(head.community, match) for match in matches])

    async def judge(self, community: str, matches: Sequence[Match]) -> None:
        """Write what a community's head says of items that we have."""
        async with self._transactions.writing() as c:
            await put(c, [(community, match) for match in matches])

    async def retire(self, head: CommunityHead, now: datetime, why: str) -> None:
        """Put a head out of force. What it said of items stays, as what any head said does; it judges no new ones."""
        async with self._transactions.writing() as c:
            await _retire(c, head, now, why)

    async def recent(self, community: str, topic_id: str, since: datetime, floor: float) -> list[Judged]:
        """Return the items published from `since` on to which the shipped head gives at least `floor`, newest first."""
        m = t.matches.c
        asked = select(t.items).join(t.matches, (m.item_id == t.items.c.id) & (m.topic_id == topic_id))
        asked = asked.where(t.items.c.published >= since, m.probability >= floor).order_by(*NEWEST)
        async with self._transactions.reading() as c:
            return await judged(c, (await c.execute(asked)).all(), community)

    # -- audit ---------------------------------------------------------------------------------------------

    async def tally(self, community: str, topic_id: str) -> Tally:
        """Count all items by what the heads in force for this community made of them, whatever people said."""
        m, v = t.matches.c, t.verdicts
        of_row = (v.c.item_id == m.item_id) & (v.c.topic_id == m.topic_id) & (v.c.community == community)
        yes, said, right = likely(community), v.c.verdict.is_not(None), v.c.verdict == "relevant"
        counted = [
            func.coalesce(func.sum(case((what, 1), else_=0)), 0) for what in (yes, ~yes, yes & said, yes & right)
        ]
        asked = select(*counted).select_from(t.matches.outerjoin(v, of_row)).where(m.topic_id == topic_id)
        async with self._transactions.reading() as c:
            flagged, unflagged, labelled, relevant = (await c.execute(asked)).one()
        return Tally(flagged=flagged, unflagged=unflagged, flagged_labelled=labelled, flagged_relevant=relevant)

    async def unflagged(self, community: str, topics: Sequence[str]) -> list[str]:
        """Return the ids of all items that no head flags for at least one of `topics`, whatever people said."""
        asked = select(t.matches.c.item_id).where(t.matches.c.topic_id.in_(topics), ~likely(community)).distinct()
        async with self._transactions.reading() as c:
            return list(await c.scalars(asked))

    async def as_heads_judge(self, community: str, item_id: str) -> Judged:
        """Return an item we have, as the heads in force for this community judged it, whatever people said."""
        async with self._transactions.reading() as c:
            row = (await c.execute(select(t.items).where(t.items.c.id == item_id))).one()
            [one] = await judged(c, [row], community)
        return replace(one, matches=tuple(replace(match, verdict=None) for match in one.matches))


async def put(c: AsyncConnection, theirs: Iterable[tuple[str, Match]]) -> None:
    """Write what communities' heads say of items, in the place of what they said before."""
    fields = ("item_id", "topic_id", "probability", "threshold", "model")
    written = [
        {"community": community, "flagged": match.likely} | {f: getattr(match, f) for f in fields}
        for community, match in theirs
    ]
    if written:
        row = upsert(t.community_matches)
        new = {f: row.excluded[f] for f in ("flagged", "probability", "threshold", "model")}
        primary = [column.name for column in t.community_matches.primary_key]
        await c.execute(row.on_conflict_do_update(index_elements=primary, set_=new), written)


async def forget(c: AsyncConnection, by: str) -> int:
    """Delete all that one person said, in every community and also what was undone; return how many labels it was."""
    named = (t.labels.c.community, t.labels.c.item_id, t.labels.c.topic_id)
    said = (await c.execute(select(*named).where(t.labels.c.by == by))).all()
    await c.execute(delete(t.labels).where(t.labels.c.by == by))
    await c.execute(update(t.labels).where(t.labels.c.undone_by == by).values(undone_by=None))
    for community, item_id, topic_id in set(said):
        await _settle(c, community, item_id, topic_id)
    return len(said)


def _in_force(community: str, item_id: str, topic_id: str) -> Select[Any]:
    c_ = t.labels.c
    of_topic = (c_.community == community, c_.item_id == item_id, c_.topic_id == topic_id)
    return select(t.labels).where(*of_topic, c_.undone.is_(None)).order_by(c_.n)


async def _standing(c: AsyncConnection, community: str, item_id: str, topic_id: str, by: str) -> Row[Any] | None:
    found: Row[Any] | None = (
        await c.execute(_in_force(community, item_id, topic_id).where(t.labels.c.by == by))
    ).one_or_none()
    return found


async def _undo(c: AsyncConnection, label: Row[Any], by: str, now: datetime) -> None:
    await c.execute(update(t.labels).where(t.labels.c.n == label.n).values(undone=now, undone_by=by))


async def _settle(c: AsyncConnection, community: str, item_id: str, topic_id: str) -> None:
    """Write the verdict that the labels in force come to, or none where there are none."""
    said = [row.verdict for row in await c.execute(_in_force(community, item_id, topic_id))]
    key = {"community": community, "item_id": item_id, "topic_id": topic_id}
    await c.execute(delete(t.verdicts).where(*(t.verdicts.c[name] == value for name, value in key.items())))
    if said:
        await c.execute(insert(t.verdicts).values(key | {"verdict": majority(said)}))


def majority(said: Sequence[Verdict]) -> Verdict:
    """Return what most people say, of verdicts in the order in which they were given; the last decides a tie.

    So one person is heard at once, and cannot alone hide from a community what two others want to see.
    """
    yes = [verdict for verdict in said if verdict == "relevant"]
    no = [verdict for verdict in said if verdict != "relevant"]
    if len(yes) == len(no):
        return said[-1]
    return (yes if len(yes) > len(no) else no)[-1]


async def _retire(c: AsyncConnection, head: CommunityHead, now: datetime, why: str) -> None:
    c_ = t.community_heads.c
    mine = (c_.community == head.community, c_.topic_id == head.topic_id, c_.retired.is_(None))
    await c.execute(update(t.community_heads).where(*mine).values(retired=now, retired_why=why))
