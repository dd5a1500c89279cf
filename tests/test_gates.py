"""Where an item was stopped on its way to a reader."""

from dataclasses import replace
from datetime import time

from bot.gates import gates
from bot.records import Chronicle, Judged, Membership, Subscriber, Told
from tests.newsroom import START, matched
from tests.written import item

ITEM = item("letter", title="Letter on alpha", text="All about alpha.")
COPY = item("copy", title="The same letter on alpha", text="All about alpha, too.")
READER = Subscriber(id="desk", medium="console", address="", zone="UTC", at=time(7))


def judged(one: Judged | None = None) -> Judged:
    return one or Judged(item=ITEM, matches=(matched(ITEM, "alpha"),), mentions=())


def told(item_key: str) -> Told:
    return Told(subscriber_id="desk", key=item_key, composed=START, state="sent")


def story() -> Chronicle:
    joined = [Membership(item=one, joined=START, how="first", because=None, probability=None) for one in (COPY, ITEM)]
    return Chronicle(id=7, items=tuple(joined), edits=(), first_seen=START, last_seen=START)


def test_an_item_that_nobody_was_told_yet_waits_for_the_digest() -> None:
    met = gates(judged(), [], None, [], [READER])
    assert [(gate.name, gate.passed) for gate in met] == [
        ("topic", True),
        ("duplicate", True),
        ("age", True),
        ("filter", True),
        ("story", True),
        ("quiet hours", True),
        ("digest", False),
    ]


def test_an_item_whose_story_was_told_before_is_stopped_there_and_the_reader_is_named() -> None:
    last = gates(judged(), [], story(), [told("k")], [READER])[-1]
    assert (last.name, last.passed) == ("story", False)
    assert "told to desk" in last.says


def test_a_copy_names_its_story_and_the_headline_it_is_told_under() -> None:
    duplicate = gates(judged(), [told("k")], story(), [told("k")], [READER])[1]
    assert duplicate.says == f"in story 7 of 2 items, told under the headline of {COPY.source}"


def test_an_item_that_no_reader_follows_is_stopped_by_their_filters() -> None:
    elsewhere = replace(READER, topics=("beta",))
    last = gates(judged(), [], None, [], [elsewhere])[-1]
    assert (last.name, last.passed) == ("filter", False)


def test_what_was_told_before_a_filter_was_narrowed_was_told() -> None:
    last = gates(judged(), [told("k")], None, [], [replace(READER, topics=("beta",))])[-1]
    assert (last.name, last.passed) == ("digest", True)


def test_nothing_follows_the_gate_that_stopped_it() -> None:
    far = Judged(item=ITEM, matches=(replace(matched(ITEM, "alpha"), probability=0.0),), mentions=())
    assert [gate.name for gate in gates(far, [], story(), [told("k")], [READER])] == ["topic"]
    old = Judged(item=replace(ITEM, held="too old"), matches=judged().matches, mentions=())
    assert gates(old, [], None, [], [READER])[-1].says.startswith("not announced: it was listed only now")
