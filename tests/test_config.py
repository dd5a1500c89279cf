"""What the operator wrote is taken as meant, or every mistake in it is told at once with its line."""

from collections.abc import Sequence
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import LARGEST, NO_CONTACT, settings, watchlist, watchlist_path, watchlist_text
from bot.errors import ConfigError, Mistake
from bot.feeds import problems
from bot.records import Feed, Subject, Watchlist

GOOD = """\
# a sample of our own
topics:
  - id: maps
    name: Maps
    description: Maps and the people who draw them.
    examples: [New map of the county]
    near_misses: [Road closed]
    phrases: [map, cartograph*, GIS]
    threshold: 0.6
subjects:
  - id: big-map
    name: The Big Map
    aliases: [Big Map, The Big Map]
feeds:
  - id: office
    name: Map Office
    kind: press_page
    url: https://maps.example.gov/news
    category: government
    every: 30 min
    pages: "?page={n}"
    selectors:
      item: li.news
      link: a
      article:
        body: .body
  - id: gazette
    name: Gazette
    kind: rss
    url: https://gazette.example.org/feed
    category: news
    every: 15 min
    full_text: true
"""


def told(text: str) -> list[str]:
    """Return every mistake in the text, as the operator reads it."""
    with pytest.raises(ConfigError) as caught:
        watchlist(text, file="feeds.yaml", problems=problems)
    return [str(mistake) for mistake in caught.value.mistakes]


def changed(before: str, after: str) -> list[str]:
    """Return every mistake in the good sample with one piece replaced."""
    assert before in GOOD
    return told(GOOD.replace(before, after, 1))


def read(text: str) -> Watchlist:
    return watchlist(text, file="feeds.yaml", problems=problems)


def test_a_good_file_becomes_topics_subjects_and_feeds() -> None:
    listed = read(GOOD)
    assert listed.topics[0].phrases == ("map", "cartograph*", "GIS")
    assert listed.topics[0].threshold == 0.6
    assert listed.subjects == (Subject(id="big-map", name="The Big Map", aliases=("Big Map", "The Big Map")),)
    assert [(feed.id, feed.every) for feed in listed.feeds] == [
        ("office", timedelta(minutes=30)),
        ("gazette", timedelta(minutes=15)),
    ]


def test_selectors_and_what_stands_beside_them_reach_the_kind_together() -> None:
    office, gazette = read(GOOD).feeds
    assert office.options == {"item": "li.news", "link": "a", "article": {"body": ".body"}, "pages": "?page={n}"}
    assert gazette.options == {"full_text": True}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert read("\ufeff" + GOOD.replace("\n", "\r\n")) == read(GOOD)


def test_a_feed_is_asked_at_its_own_rhythm_within_two_bounds() -> None:
    [_, gazette] = read(GOOD.replace("every: 15 min", "every: 15 min to 4 h")).feeds
    assert (gazette.every, gazette.slowest) == (timedelta(minutes=15), timedelta(hours=4))
    [_, gazette] = read(GOOD).feeds
    assert (gazette.every, gazette.slowest) == (timedelta(minutes=15), timedelta(minutes=15))


@pytest.mark.parametrize(
    ("before", "after", "mistake"),
    [
        (
            "    every: 15 min",
            "    intervall: 15 min\n    every: 15 min",
            'feeds.yaml:32: feed "gazette": unknown option "intervall"',
        ),
        (
            "    description: Maps",
            "    descripton: x\n    description: Maps",
            'feeds.yaml:5: topic "maps": unknown key "descripton"; did you mean "description"?',
        ),
        (
            "subjects:",
            "subject: []\nsubjects:",
            'feeds.yaml:10: unknown key "subject"; did you mean "subjects"?',
        ),
        ("    category: news\n", "", 'feeds.yaml:27: feed "gazette": "category" is missing'),
        (
            "category: news",
            "category: newz",
            'feeds.yaml:31: feed "gazette": "category" must be one of congress, dhs, government, advocacy, news; '
            'did you mean "news"?',
        ),
        ("kind: rss", "kind: rsss", 'feeds.yaml:29: feed "gazette": unknown kind "rsss"; did you mean "rss"?'),
        (
            "id: gazette",
            "id: Gazette!",
            'feeds.yaml:27: feed "Gazette!": "id" must be lower-case letters, digits and hyphens, at most 64, '
            "such as ice-newsroom",
        ),
        ("id: gazette", "id: office", 'feeds.yaml:27: feed "office": the id "office" is used twice'),
        (
            "every: 15 min",
            "every: often",
            'feeds.yaml:32: feed "gazette": "every" must be a number and a unit, such as 30 min, 2 h or 1 d, '
            "or two of them: 30 min to 4 h",
        ),
        (
            "every: 15 min",
            "every: 30",
            'feeds.yaml:32: feed "gazette": "every" must be a number and a unit, such as 30 min, 2 h or 1 d, '
            "or two of them: 30 min to 4 h",
        ),
        (
            "every: 15 min",
            "every: 4 h to 30 min",
            'feeds.yaml:32: feed "gazette": "every" must name the shorter interval first, as in 30 min to 4 h',
        ),
        (
            "every: 30 min",
            "every: 5 min to 2 h",
            'feeds.yaml:20: feed "office": "every" must be at least 10 min for a .gov site',
        ),
        ("every: 15 min", "every: 1 min", 'feeds.yaml:32: feed "gazette": "every" must lie between 5 min and 7 d'),
        ("every: 15 min", "every: 8 d", 'feeds.yaml:32: feed "gazette": "every" must lie between 5 min and 7 d'),
        (
            "every: 30 min",
            "every: 5 min",
            'feeds.yaml:20: feed "office": "every" must be at least 10 min for a .gov site',
        ),
        (
            "https://gazette.example.org/feed",
            "ftp://gazette.example.org",
            'feeds.yaml:30: feed "gazette": "url" must begin with https:// or http://',
        ),
        (
            "https://gazette.example.org/feed",
            "https://me:secret@gazette.example.org/feed",
            'feeds.yaml:30: feed "gazette": "url" must not hold a user name or a password',
        ),
        (
            "https://gazette.example.org/feed",
            "https:///feed",
            'feeds.yaml:30: feed "gazette": "url" is not a web address',
        ),
        (
            "https://gazette.example.org/feed",
            "https://gazette.example.org:99999/feed",
            'feeds.yaml:30: feed "gazette": "url" is not a web address',
        ),
        (
            "https://gazette.example.org/feed",
            "http://www.maps.example.gov/news/",
            'feeds.yaml:30: feed "gazette": this address is used twice',
        ),
        (
            "threshold: 0.6",
            "threshold: 1.5",
            'feeds.yaml:9: topic "maps": "threshold" must be a number between 0 and 1',
        ),
        (
            "threshold: 0.6",
            "threshold: .nan",
            'feeds.yaml:9: topic "maps": "threshold" must be a number between 0 and 1',
        ),
        (
            "threshold: 0.6",
            "threshold: high",
            'feeds.yaml:9: topic "maps": "threshold" must be a number between 0 and 1',
        ),
        ("[New map of the county]", "[]", 'feeds.yaml:6: topic "maps": "examples" needs at least one entry'),
        ("[map, cartograph*, GIS]", "", 'feeds.yaml:8: topic "maps": "phrases" is empty'),
        (
            "[map, cartograph*, GIS]",
            "map",
            'feeds.yaml:8: topic "maps": "phrases" must be a list, each entry on a line of its own after "- "',
        ),
        (
            "[map, cartograph*",
            "[5, cartograph*",
            'feeds.yaml:8: topic "maps": "phrases", number 1, must be text; put it in quotes',
        ),
        (
            "cartograph*",
            "carto*graph",
            'feeds.yaml:8: topic "maps": "phrases", number 2, may have a * only at its very end, after at least three '
            'letters, as in "deport*"',
        ),
        ("cartograph*", "'--'", 'feeds.yaml:8: topic "maps": "phrases", number 2, has no letters'),
        ("cartograph*", "map", 'feeds.yaml:8: topic "maps": "map" stands twice in this list'),
        (
            "[Road closed]",
            "[New map of  the county]",
            'feeds.yaml:7: topic "maps": "New map of the county" is given both as an example and as a near miss',
        ),
        (
            "GIS]",
            "GIS]\n    misleading: [road map, Map]",
            'feeds.yaml:9: topic "maps": "Map" is given both as a phrase and as misleading',
        ),
        (
            "GIS]",
            "GIS]\n    misleading: [mi*p]",
            'feeds.yaml:9: topic "maps": "misleading", number 1, may have a * only at its very end, after at least '
            'three letters, as in "deport*"',
        ),
        ("[Big Map, The Big Map]", "[]", 'feeds.yaml:13: subject "big-map": "aliases" needs at least one entry'),
        (
            "[Big Map, The Big Map]",
            "[Big Map]\n  - id: other\n    name: Other\n    aliases: [big map]",
            'feeds.yaml:16: subject "other": the alias "big map" is used twice',
        ),
        (
            "    name: Gazette",
            "    name: Gazette\n    name: Paper",
            'feeds.yaml:29: feed "gazette": the key "name" stands already in line 28',
        ),
        (
            "    selectors:\n",
            "    item: li\n    selectors:\n",
            'feeds.yaml:24: feed "office": "item" stands both in "selectors" and beside it',
        ),
        (
            "name: Gazette",
            "name: &g Gazette",
            'feeds.yaml:28: feed "gazette": anchors (&) and aliases (*) are not used here; put the text in quotes',
        ),
        (
            "name: Gazette",
            "name: !!python/object/apply:os.system [ls]",
            'feeds.yaml:28: feed "gazette": tags (!) are not used here; put the text in quotes',
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_in_plain_words(before: str, after: str, mistake: str) -> None:
    assert changed(before, after) == [mistake]


def test_a_misspelt_key_of_a_feed_is_told_as_such_and_not_as_an_option() -> None:
    assert changed("    every: 15 min", "    interval: 15 min") == [
        'feeds.yaml:27: feed "gazette": "every" is missing',
        'feeds.yaml:32: feed "gazette": unknown key "interval"; did you mean "every"?',
    ]


@pytest.mark.parametrize(
    ("before", "after", "line"), [("li.news", '"li[["', 23), ("body: .body", 'body: "..x"', 26), ("item:", "itm:", 15)]
)
def test_a_bad_selector_is_told_where_it_stands(before: str, after: str, line: int) -> None:
    assert changed(before, after)[0].startswith(f'feeds.yaml:{line}: feed "office": ')


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = GOOD.replace("0.6", "7").replace("id: big-map", "id: BIG").replace("kind: rss", "kind: web")
    text = text.replace("li.news", "li[").replace("15 min", "15 sec").replace("    name: Gazette\n", "")
    lines = [int(mistake.split(":")[1]) for mistake in told(text)]
    assert lines == [9, 11, 23, 27, 28, 31]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "feeds.yaml: is empty; it needs topics and feeds"),
        ("# nothing yet\n", "feeds.yaml: is empty; it needs topics and feeds"),
        ("- a\n- b\n", 'feeds.yaml:1: must begin with a key: "topics:", "subjects:" or "feeds:"'),
        ("a: b: c", "feeds.yaml:1: cannot be read here: a second colon on one line; put the text in quotes (column 5)"),
        ("feeds:\n\t- id: x", "feeds.yaml:2: cannot be read here: a tab; indent with spaces (column 1)"),
        (
            "feeds:\n  - name: *x",
            "feeds.yaml:2: cannot be read here: a text that begins with *; put it in quotes (column 11)",
        ),
        (
            "# a sample\ntopics:\n  - name: M\x07ps\n",
            "feeds.yaml:3: cannot be read here: the character U+0007, which no YAML may hold; delete it (column 12)",
        ),
        (
            f"# é😀{'x' * 20_000}\r\ntopics: []\r\n\ufffe",
            "feeds.yaml:3: cannot be read here: the character U+FFFE, which no YAML may hold; delete it (column 1)",
        ),
        ("[" * 2_000, "feeds.yaml: is not YAML that a person wrote: it nests too deeply"),
    ],
)
def test_what_is_no_watch_list_at_all_is_refused_in_plain_words(text: str, mistake: str) -> None:
    assert told(text) == [mistake]


def test_a_yaml_bomb_is_refused_without_unfolding_it() -> None:
    levels = "".join(f"  - &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 40))
    assert told(f"feeds:\n  - &l0 [lol]\n{levels}topics: []\n")[0] == "feeds.yaml:2: feed number 1: " + (
        "anchors (&) and aliases (*) are not used here; put the text in quotes"
    )


def test_a_huge_text_is_refused_before_it_is_parsed() -> None:
    assert told("# " + "x" * LARGEST)[0].startswith("feeds.yaml: is larger than 500,000 characters")


@given(st.text() | st.text(alphabet="abc:-[]{}&*!|>'\"#%@ \n\t0~?,<=\\", max_size=60))
def test_any_text_is_a_watch_list_or_a_list_of_mistakes(text: str) -> None:
    with pytest.raises(ConfigError):
        read(text)


PIECES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "kind", "url", "every", "phrases", "selectors", "x"]), inside, max_size=4
        )
    ),
    max_leaves=8,
)


def flow(value: object) -> str:
    """Return the value as YAML on one line; scalars as Python writes them, which is near enough to be awkward."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(inside)}" for key, inside in value.items()) + "}"
    return "[" + ", ".join(map(flow, value)) + "]" if isinstance(value, list) else repr(value)


@given(st.fixed_dictionaries({"topics": PIECES, "subjects": PIECES, "feeds": PIECES | st.lists(PIECES, max_size=3)}))
def test_any_shape_is_a_watch_list_or_a_list_of_mistakes(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        read("\n".join(f"{key}: {flow(value)}" for key, value in values.items()))
    assert caught.value.mistakes


# --- the file


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert watchlist_text(tmp_path / "feeds.yaml") == GOOD


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a: 1\nb: caf\xe9\n", ":2: holds a character that is not UTF-8; save the file as UTF-8"),
        (b"x" * 5_000_000, ": is larger than 500,000 characters; a watch list is a file written by hand"),
        (None, ": cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_name(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "feeds.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        watchlist_text(path)
    assert str(caught.value) == f"{path}{says}"


# --- settings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def mistakes() -> Sequence[Mistake]:
    with pytest.raises(ConfigError) as caught:
        settings()
    return caught.value.mistakes


def test_settings_have_defaults_that_need_no_account(here: Path) -> None:
    made = settings()
    assert (made.zone, made.digest_at, made.contact) == ("America/New_York", time(7), NO_CONTACT)
    assert (made.feeds, made.model, made.allow_private) == (None, None, False)


def test_the_environment_wins_over_the_env_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".env").write_text("LOOKOUT_ZONE=Europe/Rome\nLOOKOUT_DIGEST_AT=6:30\nSOME_TOKEN=x\n")
    monkeypatch.setenv("LOOKOUT_ZONE", "America/Chicago")
    monkeypatch.setenv("LOOKOUT_MODEL", "")
    made = settings()
    assert (made.zone, made.digest_at, made.model) == ("America/Chicago", time(6, 30), None)


def test_every_bad_setting_is_told_with_where_it_stands(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".env").write_text("LOOKOUT_DIGEST_AT=25:00\nLOOKOUT_LOG_LEVEL=loud\n")
    monkeypatch.setenv("LOOKOUT_ZONE", "Mars/Olympus")
    monkeypatch.setenv("LOOKOUT_CONTACT", "me\r\nX-Evil: 1")
    monkeypatch.setenv("LOOKOUT_ALLOW_PRIVATE", "perhaps")
    assert sorted(map(str, mistakes())) == [
        ".env: LOOKOUT_DIGEST_AT must be a time of day, such as 07:00",
        ".env: LOOKOUT_LOG_LEVEL must be debug, info, warning or error",
        "environment: LOOKOUT_ALLOW_PRIVATE must be true or false",
        "environment: LOOKOUT_CONTACT must be a mail address or a web address, for the User-Agent that sites see",
        "environment: LOOKOUT_ZONE must be the name of a time zone, such as America/New_York",
    ]


def test_an_env_file_in_another_encoding_is_told(here: Path) -> None:
    (here / ".env").write_bytes(b"LOOKOUT_MODEL=caf\xe9\n")
    assert [str(mistake) for mistake in mistakes()] == [".env: is not UTF-8; save it as UTF-8"]


@pytest.mark.parametrize("zone", ["", "..", "/etc/passwd", "America", "America/New_York\0", "Nowhere"])
def test_only_a_real_time_zone_is_taken(here: Path, zone: str) -> None:
    (here / ".env").write_text(f'LOOKOUT_ZONE="x{zone}"\n')
    assert [mistake.file for mistake in mistakes()] == [".env"]


def test_the_watch_list_is_the_named_one_else_the_local_one_else_the_shipped_one(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watchlist_path(settings()).read_text().startswith("# What Lookout follows")
    (here / "feeds.yaml").write_text(GOOD)
    assert watchlist_path(settings()) == Path("feeds.yaml")
    monkeypatch.setenv("LOOKOUT_FEEDS", "elsewhere.yaml")
    assert watchlist_path(settings()) == Path("elsewhere.yaml")


def test_problems_are_asked_of_each_feed_as_written() -> None:
    asked: list[Feed] = []

    def contented(feed: Feed) -> Sequence[tuple[tuple[str, ...], str]]:
        asked.append(feed)
        return ()

    watchlist(GOOD, file="feeds.yaml", problems=contented)
    assert [(feed.id, feed.kind, feed.url) for feed in asked] == [
        ("office", "press_page", "https://maps.example.gov/news"),
        ("gazette", "rss", "https://gazette.example.org/feed"),
    ]


CONGRESS = GOOD + "congress:\n  - every: 1 h\n    members: [senate, HSJU]\n    without: [MA]\n"


def test_a_section_on_congress_becomes_feeds_of_its_members() -> None:
    made = {feed.id: feed for feed in read(CONGRESS).feeds if feed.id.startswith("congress-")}
    assert len(made) == 99  # a hundred senators but two, and one side of a committee
    assert "congress-m000133" not in made
    hirono = made["congress-h001042"]
    assert (hirono.kind, hirono.name) == ("congress_member", "Sen. Mazie K. Hirono (D-HI)")
    assert (hirono.category, dict(hirono.options)) == ("congress", {"pattern": "article"})
    assert (made["congress-hsju"].kind, dict(made["congress-hsju"].options)) == ("rss", {})


def test_a_feed_written_by_hand_stands_in_for_the_member_with_its_address() -> None:
    address = "http://hirono.senate.gov/news/press-releases/"
    by_hand = CONGRESS.replace("https://gazette.example.org/feed", address)
    assert "congress-h001042" not in {feed.id for feed in read(by_hand).feeds}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("every: 1 h", "every: 5 min", '"every" must be at least 10 min for a .gov site'),
        ("senate, HSJU", "senat", '"members", number 1, must be all, senate, house, committees, a state such as CA'),
        ("without", "witout", 'unknown key "witout"; did you mean "without"?'),
    ],
)
def test_a_mistake_in_the_section_on_congress_is_told_with_its_line(before: str, after: str, says: str) -> None:
    line = CONGRESS[: CONGRESS.rindex(before)].count("\n") + 1
    head, _, tail = CONGRESS.rpartition(before)
    [mistake] = told(head + after + tail)
    assert mistake.startswith(f"feeds.yaml:{line}: congress number 1: {says}")
