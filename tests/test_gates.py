"""Where an item was stopped on its way to a reader."""

from dataclasses import replace
from datetime import timedelta

from bot.gates import gates, looks_back_to
from bot.records import Chronicle, Gate, Judged, Label, Membership, Subscriber, Subscription, Told
from tests.newsroom import START, matched
from tests.written import item

ITEM = item("letter", title="Letter on alpha", text="All about alpha.")
COPY = item("copy", title="The same letter on alpha", text="All about alpha, too.")
READER = Subscriber(id="desk", medium="console", address="", zone="UTC", subscriptions=(Subscription(id="all"),))
ELSEWHERE = replace(READER, subscriptions=(Subscription(id="all", topics=("beta",)),))


def judged(one: Judged | None = None) -> Judged:
    return one or Judged(item=ITEM, matches=(matched(ITEM, "alpha"),), mentions=())


def told(item_key: str) -> Told:
    return Told(subscriber_id="desk", key=item_key, composed=START, state="sent")


def story() -> Chronicle:
    joined = [Membership(item=one, joined=START, how="first", because=None, probability=None) for one in (COPY, ITEM)]
    return Chronicle(id=7, items=tuple(joined), edits=(), first_seen=START, last_seen=START)


OTHER = replace(READER, id="other")


def stopped(*met: Gate) -> dict[str, str]:
    """Return what stopped the item on the way to each reader, by gate."""
    return {gate.name: gate.says for gate in met if not gate.passed}


def test_an_item_that_nobody_was_told_yet_waits_for_the_digest() -> None:
    met = gates(judged(), [], None, [], [READER])
    assert [(gate.name, gate.passed) for gate in met] == [
        ("topic", True),
        ("duplicate", True),
        ("age", True),
        ("desk: filter", True),
        ("desk: story", True),
        ("desk: quiet hours", True),
        ("desk: digest", False),
    ]


def test_each_reader_has_an_answer_of_their_own() -> None:
    met = gates(judged(), [], story(), [told("k")], [READER, OTHER])
    assert stopped(*met) == {
        "desk: story": "its story was told before it came",
        "other: digest": "waits for the next digest",
    }
    again = gates(judged(), [told("k")], None, [], [READER, OTHER])
    assert stopped(*again) == {"other: digest": "waits for the next digest"}


def test_a_story_told_after_the_item_came_was_told_under_another_headline() -> None:
    later = replace(told("k"), composed=START + timedelta(days=3))
    assert stopped(*gates(judged(), [], story(), [later], [READER])) == {
        "desk: story": "its story was told under another headline"
    }


def test_a_delivery_that_reached_nobody_is_no_telling() -> None:
    failed = replace(told("k"), state="failed")
    assert stopped(*gates(judged(), [failed], None, [], [READER])) == {"desk: digest": "delivery failed"}


def test_a_copy_names_its_story_and_the_headline_it_is_told_under() -> None:
    duplicate = gates(judged(), [told("k")], story(), [told("k")], [READER])[1]
    assert duplicate.says == f"in story 7 of 2 items, told under the headline of {COPY.source}"


def test_an_item_that_a_reader_does_not_follow_is_stopped_by_their_filter() -> None:
    assert stopped(*gates(judged(), [], None, [], [ELSEWHERE])) == {"desk: filter": "follows beta only"}


def test_what_was_told_before_a_filter_was_narrowed_was_told() -> None:
    assert (
        stopped(
            *gates(
                judged(),
                [told("k")],
                None,
                [],
                [ELSEWHERE],
            )
        )
        == {}
    )


def test_nothing_follows_a_gate_that_stopped_it_for_everybody() -> None:
    far = Judged(item=ITEM, matches=(replace(matched(ITEM, "alpha"), probability=0.0),), mentions=())
    assert [gate.name for gate in gates(far, [], story(), [told("k")], [READER])] == ["topic"]
    old = Judged(item=replace(ITEM, held="too old"), matches=judged().matches, mentions=())
    assert gates(old, [], None, [], [READER])[-1].says.startswith("not announced: it was listed only now")


def test_what_no_digest_looks_at_any_more_does_not_wait_for_one() -> None:
    def met(days: int, *labels: Label) -> dict[str, str]:
        begin = {READER.id: ITEM.first_seen + timedelta(days=days)}
        return stopped(*gates(judged(), [], None, [], [READER, OTHER], labels=labels, since=begin))

    waits = {"desk: digest": "waits for the next digest", "other: digest": "waits for the next digest"}
    assert met(0) == waits
    assert met(3) == waits | {
        "desk: digest": "not looked at: digests look back 7 days, and not to before their channel followed it"
    }
    lately = Label(
        community="local",
        item_id=ITEM.id,
        topic_id="alpha",
        verdict="relevant",
        by="ann",
        at=ITEM.first_seen + timedelta(days=3),
    )
    assert met(3, lately) == waits
    before = replace(lately, at=ITEM.first_seen + timedelta(days=1))
    assert met(3, before) == met(3)
    assert met(3, replace(before, undone=lately.at)) == waits  # a "not relevant" that was taken back, say


def test_a_digest_looks_back_from_the_last_one_and_not_beyond_the_first() -> None:
    day = timedelta(days=1)
    assert looks_back_to(None, START) == START - 7 * day
    assert looks_back_to((START - 90 * day, START - 30 * day), START) == START - 37 * day
    assert looks_back_to((START - 3 * day, START - day), START) == START - 3 * day
