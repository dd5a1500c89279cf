"""A subscription lets through what it names, and nothing else."""

from dataclasses import replace

import pytest

from bot.following import among, follows, joined, let_through, narrowed
from bot.records import Gathered, Judged, Subscriber, Subscription
from tests.written import item, judged, match

LETTER = judged(item("letter", category="congress", feed_id="senate", text="Agents scan faces."), "faces", "borders")
"""0.9 for faces, 0.8 for borders; the heads ask for 0.5."""


def subscription(**said: object) -> Subscription:
    return Subscription(**{"id": "1", **said})  # type: ignore[arg-type]


def topics(**said: object) -> list[str]:
    """The topics for which a subscription tells the letter."""
    return [one.topic_id for one in let_through(subscription(**said), LETTER)]


def test_a_subscription_to_everything_tells_all_that_is_flagged() -> None:
    assert topics() == ["faces", "borders"]


@pytest.mark.parametrize(
    ("follows", "told"),
    [(("faces",), ["faces"]), (("borders", "faces"), ["faces", "borders"]), (("crops",), [])],
)
def test_a_subscription_tells_its_topics_alone(follows: tuple[str, ...], told: list[str]) -> None:
    assert topics(topics=follows) == told


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ({"categories": ("congress",)}, True),
        ({"categories": ("dhs", "news")}, False),
        ({"feeds": ("senate",)}, True),
        ({"feeds": ("courier",)}, False),
        ({"categories": ("dhs",), "feeds": ("senate",)}, True),
        ({"categories": ("dhs",), "feeds": ("courier",)}, False),
    ],
)
def test_a_subscription_tells_its_categories_and_feeds_alone(sources: dict[str, object], told: bool) -> None:
    assert bool(topics(**sources)) == told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("scan",), True),
        (("crops", "scan"), True),
        (("crops",), False),
        (("agents scan",), True),
        (("can",), False),
        (("fac*",), True),
        (("letter",), True),
        (("?!",), False),
    ],
)
def test_a_subscription_to_words_tells_what_holds_one_of_them(words: tuple[str, ...], told: bool) -> None:
    assert bool(topics(words=words)) == told


def test_a_threshold_of_ones_own_tells_less_or_more_than_the_head() -> None:
    assert topics(threshold=0.85) == ["faces"]
    assert topics(threshold=0.95) == []
    unlikely = Judged(item=LETTER.item, matches=(match(LETTER.item, probability=0.3),), mentions=())
    assert let_through(subscription(), unlikely) == ()
    [shown] = let_through(subscription(threshold=0.2), unlikely)
    assert (shown.flagged, shown.threshold) == (True, 0.2)


def test_what_people_say_wins_over_every_threshold() -> None:
    no = Judged(item=LETTER.item, matches=(match(LETTER.item, verdict="not relevant"),), mentions=())
    yes = Judged(item=LETTER.item, matches=(match(LETTER.item, probability=0.1, verdict="relevant"),), mentions=())
    assert let_through(subscription(threshold=0.01), no) == ()
    assert len(let_through(subscription(threshold=0.99), yes)) == 1


def test_a_reader_follows_what_any_of_its_subscriptions_lets_through() -> None:
    reader = Subscriber(id="1", medium="folder", address="x", zone="UTC")
    none, some = subscription(topics=("crops",)), subscription(topics=("faces",))
    assert not follows(reader, LETTER)
    assert not follows(replace(reader, subscriptions=(none,)), LETTER)
    assert follows(replace(reader, subscriptions=(none, some)), LETTER)


def test_an_item_is_narrowed_to_what_a_subscription_tells_it_for() -> None:
    alone = narrowed(LETTER, subscription(topics=("borders",), threshold=0.7))
    assert alone is not None
    assert [(one.topic_id, one.threshold) for one in alone.matches] == [("borders", 0.7)]
    assert alone.item is LETTER.item
    assert narrowed(LETTER, subscription(topics=("crops",))) is None


def test_what_two_subscriptions_tell_of_an_item_is_told_together_as_the_first_has_it() -> None:
    stricter = narrowed(LETTER, subscription(topics=("borders",), threshold=0.7))
    assert stricter is not None
    both = joined(stricter, LETTER)
    assert [(one.topic_id, one.threshold) for one in both.matches] == [("borders", 0.7), ("faces", 0.5)]


def test_a_story_is_told_for_the_items_wanted_and_shows_the_others_beside_them() -> None:
    a, b, c = (judged(item(name), "faces") for name in "abc")
    story = Gathered(story_id=1, followed=(a, b), others=(c,))
    narrower = replace(b, matches=())
    [mine] = among([story, Gathered(story_id=2, followed=(c,))], {"b": narrower})
    assert mine == Gathered(story_id=1, followed=(narrower,), others=(a, c))
    assert among([story], {}) == []
    assert among([story], {"c": c}) == []
