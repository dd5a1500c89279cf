"""A digest as its readers see it, and that nothing strangers wrote can pose as more than text."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.records import Digest, Mention, Passage, Unread
from bot.render import markdown, text
from tests.written import NOON, digest, item, match, story

HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07 cleared",
    "<script>alert(1)</script> & <b>bold</b>",
    "[click](javascript:alert(1)) ![pixel](https://evil.example/x.png)",
    "<https://evil.example/> and https://evil.example/ and www.evil.example and evil.example",
    "@everyone @here <@123> @octocat",
    "`code` **bold** _it_ ~~gone~~ | table |",
    "# Heading",
    "- item",
    "1. item",
    "10) item",
    "=====",
    "---",
    "> quote",
    "line\n\n# break\n\n---\n\n    code",
    "a\u202etxt.exe\u2066\u200f\u2028\u0085x",
    "&lt;script&gt; &#91;x&#93;",
    "\\[x\\](y) \\",
    "A" * 500,
    "word " * 100,
    '=HYPERLINK("https://evil.example")',
]


def whole(hostile: str) -> Digest:
    """Return a digest that shows a stranger's words wherever it shows any."""
    headline = item("a", title=hostile, source=hostile, text=f"Sample face scans. {hostile}")
    return digest(
        story(
            headline,
            phrases=(hostile, "face scan*"),
            also=(hostile, "Herald"),
            mentions=(
                Mention(item_id="a", subject_id="s", passage=Passage(where="text", start=0, end=1, text=hostile[:1])),
            ),
        ),
        unread=(Unread(feed_id="herald", name=hostile, reason=hostile, since=None),),
        subjects={"s": hostile},
    )


def tokens(page: str) -> list[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return [inner for token in parser.parse(page) for inner in (token, *(token.children or ()))]


def shape(page: str) -> list[str]:
    """Return the kinds of all marks of a page, its words left out."""
    return [t.type for t in tokens(page) if t.type not in {"text", "text_special"}]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_strangers_words_never_become_markup(hostile: str) -> None:
    assert shape(markdown(whole(hostile))) == shape(markdown(whole("Harmless words")))


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(str.strip))
def test_no_title_becomes_markup(title: str) -> None:
    page = digest(story(item("a", title=f"x {title}", text="")))
    plain = digest(story(item("a", title="x", text="")))
    assert shape(markdown(page)) == shape(markdown(plain))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_title_reads_in_markdown_as_it_was_written(hostile: str) -> None:
    page = markdown(digest(story(item("a", title=hostile))))
    found = tokens(page)
    [heading] = [inner for opening, inner in pairwise(found) if opening.type == "heading_open" and opening.tag == "h3"]
    shown = "".join(t.content for t in heading.children or ()).removeprefix("1. ").replace("\u2060", "")
    printed = text(digest(story(item("a", title=hostile))))
    assert " ".join(printed.split("1. ", 1)[1].split("The Sample Courier")[0].split()) == shown or len(hostile) == 500


def test_the_only_links_are_the_addresses_of_the_headlines() -> None:
    page = markdown(whole("see https://evil.example/ or www.evil.example or [x](https://evil.example/)"))
    assert [t.attrs["href"] for t in tokens(page) if t.type == "link_open"] == ["https://courier.example/a"]
    # GitHub and others make links of bare addresses too.
    assert re.findall(r"[a-z]://\S+|www\.\S+", page) == ["s://courier.example/a>"]


def test_an_address_that_is_no_web_address_is_no_link() -> None:
    page = markdown(digest(story(item("a", url="javascript:alert(1)"))))
    assert "link_open" not in shape(page)
    closed = markdown(digest(story(item("a", url="https://courier.example/a>)<b>x</b>"))))
    assert "html_inline" not in shape(closed)


def test_nobody_is_mentioned() -> None:
    page = markdown(whole("@everyone and @octocat and press@dhs.example"))
    shown = "".join(t.content for t in tokens(page) if t.type in {"text", "text_special"})
    assert not re.search(r"@(everyone|here|octocat)", shown)
    assert "press@dhs.example" in shown


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_terminal_is_given_no_commands(hostile: str) -> None:
    printed = text(whole(hostile)) + markdown(whole(hostile))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", printed)


@pytest.mark.parametrize("hostile", [*HOSTILE, f"see https://evil.example/{'x' * 100}"])
def test_the_text_is_at_most_88_columns_wide_but_for_addresses(hostile: str) -> None:
    long = [line for line in text(whole(hostile)).splitlines() if len(line) > 88]
    assert all("://" in line for line in long)


def test_joined_emoji_stay_joined() -> None:
    family = "👨\u200d👩\u200d👧"
    assert family in text(digest(story(item("a", title=family))))


# -- what a reader sees ---------------------------------------------------------------------------------------


def test_a_story_is_told_with_source_time_passage_link_and_why() -> None:
    letter = item(
        "k3y",
        title="Sample, Muster demand an end to face scans on the street",
        source="Sen. Sample",
        category="congress",
        url="https://sample.senate.example/letter",
        text="Agents point a phone at a face. The face scans must stop.",
        published=datetime(2026, 4, 10, 18, 5, tzinfo=UTC),
    )
    said = story(
        letter,
        item("b"),
        phrases=("face scan*", "ICE"),
        also=("The Sample Courier",),
        matches=(match(letter, phrases=("face scan*", "ICE")), match(letter, "borders", 0.7)),
        mentions=(
            Mention(item_id="k3y", subject_id="app", passage=Passage(where="text", start=0, end=6, text="Agents")),
        ),
    )
    assert text(digest(said, subjects={"app": "Sample App"})) == (
        """\
LOOKOUT
1 story from Thu 9 Apr 2026, 08:00 EDT to Fri 10 Apr 2026, 08:00 EDT.

FACES (1)

1.  Sample, Muster demand an end to face scans on the street
    Sen. Sample (Congress), 10 Apr 2026, 14:05 EDT
    also on 1: The Sample Courier
    > Agents point a phone at a face. The face scans must stop.
    https://sample.senate.example/letter
    why k3y: 90 % Faces; phrases: face scan…, ICE; also about: borders; subjects: Sample
    App

All 2 sources could be read.
"""
    )


def test_an_empty_day_says_so() -> None:
    assert "Nothing new from Thu 9 Apr 2026" in text(digest())
    assert "Nothing new from Thu 9 Apr 2026" in markdown(digest())


def test_sources_that_could_not_be_read_are_named_and_those_that_wait_stand_together() -> None:
    unread = (
        Unread(feed_id="a", name="ICE newsroom", reason="blocked", since=NOON),
        Unread(feed_id="b", name="Herald", reason="gone", since=None),
        Unread(feed_id="c", name="Courier", reason="not polled yet", since=None),
        Unread(feed_id="d", name="Gazette", reason="not polled yet", since=None),
    )
    told = digest(unread=unread, watched=9)
    assert text(told).endswith(
        """
Could not read 4 of 9 sources, so something may be missing:
  - ICE newsroom: blocked, last read Fri 10 Apr 2026, 08:00 EDT
  - gone, never read so far: Herald
  - not polled yet: Courier; Gazette
"""
    )
    assert markdown(told).endswith("\n- gone, never read so far: Herald\n- not polled yet: Courier; Gazette\n")


def test_a_wall_before_hundreds_is_told_in_a_few_lines() -> None:
    members = tuple(Unread(feed_id=f"m{n}", name=f"Rep. {n}", reason="blocked", since=NOON) for n in range(400))
    other = Unread(feed_id="b", name="Herald", reason="gone", since=None)
    told = text(digest(unread=(*members, other), watched=668))
    assert "Could not read 401 of 668 sources" in told
    assert "  - blocked, read before: Rep. 0; Rep. 1; " in told
    assert told.endswith(" and 380 more\n  - gone, never read so far: Herald\n")
    assert len(told) < 1_000


def test_one_of_a_kind_is_not_spoken_of_as_many() -> None:
    unread = (Unread(feed_id="a", name="ICE newsroom", reason="blocked", since=None),)
    assert "Could not read 1 of 1 source," in text(digest(unread=unread, watched=1))


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", "America/Los_Angeles", "Asia/Tokyo", "UTC"])
def test_a_day_given_in_washington_is_that_day_everywhere(zone: str) -> None:
    dated = item("a", published=datetime(2026, 4, 10, 4, 0, tzinfo=UTC), day_only=True)
    line = text(digest(story(dated), zone=zone)).splitlines()[6]
    assert line == "    The Sample Courier (news), 10 Apr 2026"


def test_times_are_the_readers_own() -> None:
    late = digest(story(item("a", published=datetime(2026, 4, 10, 3, 30, tzinfo=UTC))), zone="America/Los_Angeles")
    assert "9 Apr 2026, 20:30 PDT" in text(late)
    assert "9 Apr 2026, 20:30 PDT" in markdown(late)


def test_an_item_that_is_only_a_title_is_not_quoted() -> None:
    assert ">" not in text(digest(story(item("a", text=""))))


def actions(*told: str) -> Digest:
    """Return a digest with a bill whose title matches, and what happened to it, the latest first."""
    steps = tuple(item(f"a{n}", title="S. 1: Sample Faces Act", text=said) for n, said in enumerate(told))
    match_ = match(steps[0], passage=Passage(where="title", start=0, end=4, text="S. 1"))
    return digest(replace(story(*steps), matches=(match_,), steps=steps))


def test_what_happened_to_a_bill_is_told_though_its_title_says_what_it_is_about() -> None:
    told = actions("April 20, 2026: Passed.", "April 19, 2026: Reported.")
    assert "> April 20, 2026: Passed. · April 19, 2026: Reported.\n" in text(told)
    assert "April 20, 2026: Passed. · April 19, 2026: Reported." in markdown(told).replace("\\", "")


def test_of_a_bills_many_actions_the_latest_are_told_and_how_many_more_there_are() -> None:
    told = text(actions(*(f"Action {n}." for n in range(12))))
    assert "Action 0. · Action 1. · Action 2. · Action 3. · and 8 more actions" in told
    assert "and 1 more action\n" in text(actions("word " * 200, "Another."))
    assert len(text(actions("word " * 200))) < 900


def test_a_strangers_words_in_an_action_never_become_markup() -> None:
    for hostile in HOSTILE:
        assert shape(markdown(actions(f"Passed. {hostile}"))) == shape(markdown(actions("Passed. So.")))


def test_a_subject_gone_from_feeds_yaml_is_named_by_its_id() -> None:
    mention = Mention(item_id="a", subject_id="old-app", passage=Passage(where="title", start=0, end=1, text="S"))
    assert "subjects: old-app" in text(digest(story(item("a"), mentions=(mention,))))


def test_nothing_is_ever_quite_certain() -> None:
    sure = story(item("a"))
    certain = replace(sure, matches=(match(item("a"), probability=1.0),))
    assert "99 % Faces" in text(digest(certain))
