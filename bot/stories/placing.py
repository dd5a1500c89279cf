"""Which story an item belongs to, of those near it; so stories grow one item at a time, whenever it comes.

A wrong merge hides an item from readers, a missed one shows it twice: so in doubt an item is a story of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.records import Item, Joined
from bot.stories.likeness import Likeness, likeness
from bot.stories.tellings import Telling

WINDOW = 14
"""Days between two items of one story. Offices post a joint letter within ten (so in 163 hand-checked events); what
comes later is an anniversary, or a follow-up when an answer is overdue."""

LATER = timedelta(hours=12)
"""Time after which a page that is used day by day may tell other news; an edit mostly keeps the date."""

RUNS = 40
"""Five-word runs that a text needs to tell whether another is about something else: those of some 45 words."""

SURE = 0.7
SURE_REPORT = 0.5
"""Likeness from which on two items are one story, the second where one of them is news: merged wrongly, it is a report
that is hidden, not a letter. On the tuning half .6 to .75 are equal for two primary sources; of 30 joins below .8 that
were read in the stream of 17,683 releases half were wrong, those below .7 mostly."""

KIN = 0.3
"""Least likeness: to the story's items on average, for one that joins it by other words; between two stories that one
copy joins; to some item of its story, for one whose words changed."""


@dataclass(frozen=True, kw_only=True)
class Join:
    """That an item belongs to a story: because of which item in it, how, and how sure we are, 0 to 1."""

    story_id: int
    because: str
    how: Joined
    probability: float


def place(new: Telling, near: Mapping[int, Sequence[Telling]]) -> list[Join]:
    """Return the stories (of `near`, with those of their items that may be like it) that the item belongs to.

    None: it is a story of its own. More than one, the surest first: they are one, for the item is a copy of what the
    first tells, and either shares text with the second as well, or all that `near` has of the second would join the
    first now that it is there, as a report would that is like one copy of a letter and less like another. Each time
    the two must be half alike themselves and of one time: a week's review that holds ten releases joins one at most.
    """
    found = [join for story, members in near.items() if (join := _join(new, story, members)) is not None]
    joins = sorted(found, key=lambda j: (-j.probability, j.story_id))
    return joins[:1] + [also for also in joins[1:] if _are_one(new, joins[0], also, near)]


def stays(changed: Telling, members: Sequence[Telling]) -> bool:
    """Say whether an item whose words changed still belongs among these items of its story."""
    return any(likeness(changed, member).probability >= KIN for member in members)


def is_other_news(before: Telling, after: Telling) -> bool:
    """Say whether what stands at an address now is other news than what stood there: in doubt it is the same, edited.

    It is where it came out LATER, both have a text to go by, no title is the other added to or cut, and the words are
    neither copied nor half like. A rewritten headline over the same teaser is none.
    """
    if after.published - before.published < LATER or min(len(before.shingles), len(after.shingles)) < RUNS:
        return False
    if before.title.keys() <= after.title.keys() or after.title.keys() <= before.title.keys():
        return False
    # That it stands where it stood says nothing here.
    found = likeness(replace(before, marks=frozenset()), replace(after, marks=frozenset()))
    return not found.copied and found.probability < KIN


def headline_first(item: Item) -> tuple[bool, object, str]:
    """Return the key by which a story's items are sorted: primary sources before reports, then the earliest."""
    return (item.category == "news", item.published, item.id)


def _join(new: Telling, story_id: int, members: Sequence[Telling]) -> Join | None:
    alike = [(likeness(new, member), member) for member in members]
    best, nearest = max(alike, key=lambda pair: (pair[0].probability, pair[1].id))
    if best.probability < (SURE_REPORT if new.is_news or nearest.is_news else SURE):
        return None
    if not best.copied and _mean([one for one, _ in alike]) < KIN:
        return None
    how: Joined = "copy" if best.copied else "rewrite"
    return Join(story_id=story_id, because=nearest.id, how=how, probability=round(best.probability, 4))


def _mean(alike: Sequence[Likeness]) -> float:
    return sum(one.probability for one in alike) / len(alike)


def _are_one(new: Telling, best: Join, also: Join, near: Mapping[int, Sequence[Telling]]) -> bool:
    if best.how != "copy":
        return False
    some, others = near[best.story_id], near[also.story_id]
    if also.how != "copy" and not all(_join(other, best.story_id, [*some, new]) is not None for other in others):
        return False
    return any(
        abs((one.published - other.published).days) <= WINDOW and likeness(one, other).probability >= KIN
        for one in some
        for other in others
    )
