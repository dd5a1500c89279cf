"""What a digest tells, in what order, and what it admits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.digests import compose, rank
from bot.records import Digest, FeedState, Gathered, Judged, Mention, Passage
from tests.written import BORDERS, FACES, NOON, WATCHED, item, judged, match, words

READ = {feed.id: FeedState(feed_id=feed.id, succeeded=NOON) for feed in WATCHED.feeds}


def composed(*found: Judged | Gathered, **said: Any) -> Digest:
    """Return the digest of these stories; an item by itself is a story of one."""
    stories = [one if isinstance(one, Gathered) else Gathered(story_id=None, followed=(one,)) for one in found]
    return compose(
        WATCHED, stories, **{"states": READ, "zone": "UTC", "since": NOON - timedelta(days=1), "until": NOON, **said}
    )


def told(digest: Digest) -> dict[str, list[str]]:
    return {section.topic.id: [story.id for story in section.stories] for section in digest.sections}


def test_topics_come_in_the_order_of_feeds_yaml() -> None:
    assert list(told(composed(judged(item("b"), "borders"), judged(item("f"), "faces")))) == ["faces", "borders"]


def test_letters_come_before_statements_before_advocacy_before_news_and_the_newest_first() -> None:
    hour = timedelta(hours=1)
    found = [
        item("new report", published=NOON),
        item("old report", published=NOON - 9 * hour),
        item("appeal", category="advocacy", published=NOON),
        item("old statement", category="dhs", published=NOON - 2 * hour),
        item("new statement", category="government", published=NOON - hour),
        item("release", category="congress", title="Sample wins an award", published=NOON - 3 * hour),
        item("letter", category="congress", title="Sample, Muster write to ICE: letter", published=NOON - 8 * hour),
    ]
    assert told(composed(*(judged(one, "faces") for one in found)))["faces"] == [
        "letter",
        "new statement",
        "old statement",
        "release",
        "appeal",
        "new report",
        "old report",
    ]


@pytest.mark.parametrize(
    "title",
    [
        "Sample Urges DHS to End Scans",
        "Members demand answers on deaths in custody",
        "Sample, Muster lead colleagues in pressing watchdog to look into the app",
        "In Letter to ICE, Sample Asks About Faces",
        "Muster calls on Secretary to resign",
    ],
)
def test_a_demand_by_members_ranks_as_a_letter(title: str) -> None:
    assert rank(item("a", category="congress", title=title)) == 0
    assert rank(item("a", category="news", title=title)) == 3


def test_a_story_of_two_topics_stands_once_where_it_matches_best() -> None:
    digest = composed(judged(item("both"), "borders", "faces"))
    assert told(digest) == {"borders": ["both"]}
    assert [m.topic_id for m in digest.sections[0].stories[0].matches] == ["borders", "faces"]


def test_a_reader_of_one_topic_gets_what_is_about_it_whatever_it_is_about_besides() -> None:
    digest = composed(judged(item("both"), "borders", "faces"), judged(item("other"), "borders"), topics=("faces",))
    assert told(digest) == {"faces": ["both"]}


def test_what_is_not_flagged_is_not_told() -> None:
    doubtful = replace(judged(item("a")), matches=(match(item("a"), probability=0.49),))
    assert told(composed(doubtful)) == {}


def test_a_story_is_not_told_again_when_any_item_in_it_was() -> None:
    story = Gathered(story_id=7, followed=(judged(item("a"), "faces"),), others=(judged(item("b")),))
    lone = judged(item("c"), "faces")
    assert told(composed(story, lone)) == {"faces": ["7", "c"]}
    for seen in "ab":
        assert told(composed(story, lone, told=frozenset({seen}))) == {"faces": ["c"]}


def test_a_bills_next_step_is_told_to_those_who_know_the_bill_and_stands_first() -> None:
    page = "https://www.congress.gov/bill/119th-congress/senate-bill/3779"
    known = item("introduced", category="congress", url=page, published=NOON - timedelta(days=90))
    text = item("text", category="congress", url="https://www.govinfo.gov/app/details/BILLS-119s3779is")
    text = replace(text, published=known.published)
    passed = item("passed", category="congress", url=page, published=NOON)
    report = item("report", published=NOON)
    seen = frozenset({"introduced"})
    story = Gathered(story_id=7, followed=tuple(judged(one, "faces") for one in (known, text, report, passed)))
    [section] = composed(story, told=seen).sections
    assert [one.id for one in section.stories[0].items] == ["passed", "introduced", "text", "report"]
    nothing_later = Gathered(story_id=7, followed=tuple(judged(one, "faces") for one in (known, text, report)))
    assert told(composed(nothing_later, told=seen)) == {}
    unfollowed = Gathered(story_id=7, followed=(judged(known, "faces"),), others=(judged(passed),))
    assert told(composed(unfollowed, told=seen)) == {}


def test_each_action_on_a_bill_is_told_once_whenever_it_was_and_the_latest_stands_for_the_others() -> None:
    page = "https://www.congress.gov/bill/119th-congress/senate-bill/3779"
    days = {"introduced": 90, "reported": 40, "passed": 0}
    actions = [
        item(name, category="congress", url=page, published=NOON - timedelta(days=ago)) for name, ago in days.items()
    ]
    story = Gathered(story_id=7, followed=tuple(judged(one, "faces") for one in actions))
    [section] = composed(story).sections
    assert [one.id for one in section.stories[0].items] == ["passed", "reported", "introduced"]
    assert [one.id for one in section.stories[0].steps] == ["passed", "reported", "introduced"]
    [section] = composed(story, told=frozenset({"introduced", "passed"})).sections
    assert section.stories[0].headline.id == "reported"
    assert [one.id for one in section.stories[0].steps] == ["reported"]
    assert told(composed(story, told=frozenset(days))) == {}


def test_a_copy_under_a_vague_title_is_counted_though_it_is_not_flagged_itself() -> None:
    letter, vague = item("letter"), item("vague", title="Press release", source="Rep. Muster")
    [section] = composed(Gathered(story_id=7, followed=(judged(letter, "faces"),), others=(judged(vague),))).sections
    assert section.stories[0].headline == letter
    assert section.stories[0].also == ("Rep. Muster",)


def test_a_story_is_headed_by_what_the_reader_follows() -> None:
    vague, report = judged(item("vague")), judged(item("report"), "faces")
    [section] = composed(Gathered(story_id=7, followed=(vague, report))).sections
    assert [one.id for one in section.stories[0].items] == ["report", "vague"]


def test_a_story_names_each_of_its_other_sources_once_and_each_subject_once() -> None:
    text = words("letter", 60)
    letter = item("letter", text=text, category="congress", source="Sen. Sample")
    report = item("report", text=text, source="Herald")
    subject = Passage(where="text", start=0, end=7, text="letter0")
    named = [Mention(item_id=i, subject_id="app", passage=subject) for i in ("letter", "report")]
    items = (
        judged(letter, "faces", also=("Courier",), mentions=named[:1]),
        judged(report, "faces", also=("Courier", "Sen. Sample"), mentions=named[1:]),
    )
    [section] = composed(Gathered(story_id=7, followed=items)).sections
    [story] = section.stories
    assert story.headline == letter
    assert story.also == ("Courier", "Herald")
    assert [m.item_id for m in story.mentions] == ["letter"]


def test_sources_that_could_not_be_read_are_named_with_the_reason_and_since_when() -> None:
    failing = FeedState(feed_id="herald", succeeded=NOON, failures=2, reason="blocked", detail="403")
    [unread] = composed(states={**READ, "herald": failing}).unread
    assert (unread.name, unread.reason, unread.since) == ("Herald", "blocked", NOON)


def test_a_source_never_looked_at_counts_as_unread() -> None:
    [unread] = composed(states={"courier": READ["courier"]}).unread
    assert (unread.feed_id, unread.reason, unread.since) == ("herald", "not polled yet", None)


def test_a_source_that_is_switched_off_counts_as_unread_however_well_it_did_before() -> None:
    off = FeedState(feed_id=WATCHED.feeds[0].id, succeeded=NOON, off=NOON)
    assert ("switched off", NOON) in {(s.reason, s.since) for s in composed(states={off.feed_id: off}).unread}


def test_an_empty_day_is_a_digest_too() -> None:
    digest = composed()
    assert (digest.sections, digest.unread, digest.watched) == ((), (), 2)


def test_a_topic_without_stories_has_no_section() -> None:
    assert FACES in WATCHED.topics
    assert BORDERS in WATCHED.topics
    assert list(told(composed(judged(item("a"), "faces")))) == ["faces"]
