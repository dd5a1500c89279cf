"""What Discord is sent is within its limits, and whatever strangers wrote is no more than text there."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.records import Digest, Subscriber
from bot.render import discord, words
from bot.replies import Button, Card, Choice, Code, Line, Option, Paging, Reply, Strong
from tests.discord_server import message_breaches
from tests.render.hostile import KEY, PIECES, digests, readers, shown, texts
from tests.written import digest, item, story

Data = dict[str, Any]

slowly = settings(max_examples=60, deadline=None)

READER = Subscriber(id="discord:1", medium="discord", address="1", zone="UTC")


# -- an independent reading of what Discord makes of text -----------------------------------------------------

_ESCAPED_OR_CODE = re.compile(r"\\[^0-9A-Za-z\s]|`[^`\n]+`")
"""Discord takes a backslash before anything but letters, digits and space for that sign; in code it takes nothing."""

_LINK = r"\[([^\[\]]*)\]\(<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?\)"
"""As Discord's parser (simple-markdown) reads one: the first closing parenthesis ends it."""

_MARKUP = re.compile(
    r"\*|~~|\|\||`"
    r"|_[^_]+_(?![0-9A-Za-z_])|__"
    r"|\]\(|<[@#:/ati]|<https?:"
    r"|https?://|discord\.gg/|discord\.com/invite/"
    r"|:(?:\w+|[+-]1):"
    r"|@everyone|@here",
    re.ASCII,
)
_AT_THE_START = re.compile(r"(?:[-*+]|\d+\.|#{1,3}|-#|>|>>>) ")


def bare(text: str) -> str:
    """What of a text could still be markup: escaped signs and code count as a letter that says nothing."""
    return _ESCAPED_OR_CODE.sub("·", text)


def markup(text: str, *, line_start: bool = False) -> list[str]:
    """All that Discord would take for more than words, in a text from which escapes are gone."""
    found = [hit[0] for hit in _MARKUP.finditer(text)]
    return found + ([text[:8]] if line_start and _AT_THE_START.match(text) else [])


def read(text: str) -> str:
    """The words that a reader sees."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text).replace("\u2060", "")


def bodies(parts: list[Data]) -> list[Data]:
    """The messages among the parts of a digest."""
    return [part["message"] if "message" in part else part["body"] for part in parts if part["do"] != "thread"]


def overview(parts: list[Data]) -> list[str]:
    """The lines of all overviews, in order, without the names of sections."""
    text = "".join(embed.get("description", "") for body in bodies(parts) for embed in body.get("embeds", ()))
    return [line for line in text.splitlines() if not re.fullmatch(r"\*\*(?:Faces|Borders)\*\* \(\d+\)", line)]


def buttons(body: Data) -> list[list[Data]]:
    return [row["components"] for row in body.get("components", ()) if row["type"] == 1]


def texts_of(body: Data) -> list[str]:
    return [one["content"] for one in discord.components(body) if one["type"] == 10]


def scraped(line: str) -> Iterator[str]:
    """The strangers' words in a line of an overview or a card, whose own marks must be as they should."""
    plain = bare(line)
    url = re.search(r" \[↗\]\(.*$", plain)
    if url:
        link = re.match(rf" {_LINK}", url[0])
        assert link is not None
        assert link[0] == url[0], f"the link ends before its address does: {url[0]}"
        assert link[1] == "↗"
        assert re.fullmatch(r"https?://[^\s<>]+", link[2], re.IGNORECASE)
        plain = plain[: url.start()]
    bold = re.fullmatch(r"(· [^*]* · )?\*\*([^*]+)\*\*((?: · .*)?)", plain)
    yield from (bold[2], bold[3]) if bold else (re.sub(r"^(?:> |-# )", "", plain),)


# -- digests --------------------------------------------------------------------------------------------------


@given(digests(), readers)
@slowly
def test_every_part_of_a_digest_is_within_the_limits_and_calls_only_the_role_that_asked_for_it(
    told: Digest, reader: Subscriber
) -> None:
    parts = discord.digest(told, reader, KEY)
    names = [part["body"]["name"] for part in parts if part["do"] in ("thread", "post")]
    assert all(1 <= words.utf16(name) <= 100 for name in names)
    first, *others = bodies(parts)
    called = reader.mention is not None and bool(shown(told))
    assert first["allowed_mentions"] == ({"parse": [], "roles": ["S123"]} if called else {"parse": []})
    assert first["content"].count("<@") == called
    for body in (first, *others):
        assert list(message_breaches(body)) == []
        assert body is first or body["allowed_mentions"] == {"parse": []}
        json.dumps(body, ensure_ascii=False).encode()  # fails for a lone surrogate


@given(digests(), readers)
@slowly
def test_no_words_of_strangers_are_markup_links_or_mentions(told: Digest, reader: Subscriber) -> None:
    parts = discord.digest(told, reader, KEY)
    lines = [
        *overview(parts),
        *(line for body in bodies(parts) for text in texts_of(body) for line in text.split("\n")),
    ]
    for line in lines:
        assert [mark for text in scraped(line) for mark in markup(text)] == []
        assert not re.match(r"(?:> |-# )" + _AT_THE_START.pattern, bare(line))


@given(digests(), readers)
@slowly
def test_every_story_is_told_once_in_two_lines(told: Digest, reader: Subscriber) -> None:
    lines, stories = overview(discord.digest(told, reader, KEY)), shown(told)
    assert len(lines) == 2 * len(stories)
    for n, card in enumerate(stories, 1):
        first, second = lines[2 * n - 2 : 2 * n]
        beginning = words.plain(card.title)[:15].replace("\u2060", "")
        assert read(first).startswith(f"`{n}` {card.when} · **{beginning}")
        assert second.startswith("> ")


@given(digests(), readers)
@slowly
def test_every_message_carries_a_mark_of_its_own_and_says_which_items_it_shows(
    told: Digest, reader: Subscriber
) -> None:
    parts, ids = discord.digest(told, reader, KEY), [card.item_id for card in shown(told)]
    messages = bodies(parts)
    marks = [discord.mark(body) for body in messages]
    assert marks == [f"{KEY}.{n}" for n, part in enumerate(parts) if part["do"] != "thread"]
    assert [body["nonce"] for body in messages] == marks
    assert all(len(mark) <= 25 for mark in marks)
    overviews = [found for body in messages if "embeds" in body for found in discord.items(body)]
    details = [found for body in messages if "embeds" not in body for found in discord.items(body)]
    detailed = len(ids) > 1 and not reader.compact and reader.place != "flat"
    assert (overviews, details) == (ids, ids if detailed else [])


@given(digests(), readers)
@slowly
def test_every_card_can_be_judged_explained_and_opened(told: Digest, reader: Subscriber) -> None:
    stories = {card.item_id: card for card in shown(told)}
    rows = [row for body in bodies(discord.digest(told, reader, KEY)) for row in buttons(body)]
    cards = [row for row in rows if row[0]["type"] == 2 and row[0].get("custom_id", "").startswith("yes:")]
    detailed = len(stories) == 1 or (not reader.compact and reader.place != "flat")
    assert not detailed or {row[0]["custom_id"].split(":")[1] for row in cards} == set(stories)
    for row in cards:
        card = stories[row[0]["custom_id"].split(":")[1]]
        opens = bool(card.url) and len(card.url) <= 512
        assert [one["label"] for one in row] == ["Relevant", "Not relevant", "Why", *(["Open"] if opens else [])]
        assert not opens or re.match(r"https?://", row[3]["url"], re.IGNORECASE)


@pytest.mark.parametrize("text", ["word " * 100, "* " * 200, "😀" * 200], ids=ascii)
def test_60_stories_of_the_longest_are_within_the_limits(text: str) -> None:
    url = "https://courier.example/" + "x" * 480
    told = [story(item(f"id{n:010}", title=text, source=text, text=text, url=url)) for n in range(60)]
    for body in bodies(discord.digest(digest(*told), READER, KEY)):
        assert list(message_breaches(body)) == []


@pytest.mark.parametrize("place", ["channel", "forum", "flat"])
def test_each_kind_of_place_gets_what_it_can_hold(place: Any) -> None:
    told = digest(story(item("a")), story(item("b")))
    done = [part["do"] for part in discord.digest(told, Subscriber(**{**vars(READER), "place": place}), KEY)]
    expected = {"channel": ["message", "thread", "reply"], "forum": ["post", "reply"], "flat": ["message"]}
    assert done == expected[place]


@pytest.mark.parametrize(
    "url",
    [
        "https://[broken/x", "https://courier.example/a)[x](https://evil.example/", "https://courier.example/a)**b**",
        "https://courier.example/a_(b)_*c*", "HTTPS://COURIER.EXAMPLE/", "https://courier.example/" + "x" * 480,
        "https://courier.example/" + "x" * 600, "javascript:alert(1)", "https://x y/", "",
    ],
)  # fmt: skip
def test_an_address_is_a_link_to_itself_or_none(url: str) -> None:
    [part] = discord.digest(digest(story(item("a", url=url))), READER, KEY)
    assert list(message_breaches(part["body"])) == []
    assert [mark for line in overview([part]) for text in scraped(line) for mark in markup(text)] == []


def test_an_empty_digest_is_one_message_that_says_so() -> None:
    [part] = discord.digest(digest(), READER, KEY)
    assert "Nothing new" in part["body"]["content"]
    assert discord.mark(part["body"]) == f"{KEY}.0"


# -- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", PIECES)
def test_strangers_words_read_as_they_were_written(hostile: str) -> None:
    assert read(discord.escaped(hostile)) == words.plain(hostile)


@given(texts.filter(lambda text: "_" not in text))  # those: `test_no_words_become_italic`
@settings(max_examples=200, deadline=None)
def test_no_text_is_markup_once_escaped(text: str) -> None:
    assert markup(bare(discord.escaped(text)), line_start=True) == []


@pytest.mark.parametrize("text", [":smile:", ":+1:", ":-1:", "a :tada: b", ":wave::skin-tone-2:"])
def test_no_words_become_an_emoji(text: str) -> None:
    assert markup(bare(discord.escaped(text))) == []


@pytest.mark.parametrize("text", ["snake_case_é", "日_本_語", "_it_", "a_b_ c", "__init__"])
def test_no_words_become_italic(text: str) -> None:
    # To Discord a word ends where its ASCII ends.
    assert markup(bare(discord.escaped(text))) == []


@given(texts, st.integers(20, 300))
@slowly
def test_text_fits_with_what_escapes_it(text: str, most: int) -> None:
    assert words.utf16(discord.fitting(text, most)) <= most


def test_a_notice_keeps_its_lines() -> None:
    says = "Two sources.\n- One: blocked\n- Two: gone\nMore by `lookout feeds`."
    content = discord.notice({"notice": says}, f"{KEY}.0")["content"]
    assert [line.replace("\\", "") for line in content.split("\n")] == says.split("\n")


def test_a_notice_of_many_lines_fits_a_message() -> None:
    content = discord.notice({"notice": "\n".join(["- " + "*" * 300] * 50)}, f"{KEY}.0")["content"]
    assert words.utf16(content) <= 2_000


@pytest.mark.parametrize(
    ("by", "where", "names"),
    [
        ("discord:123", "", ["<@123>"]),
        ("discord:123", "456", ["<#456>", "<@123>"]),
        ("folder", "1> @everyone", []),
        ("discord:1> @everyone", "", []),
        ("", "", []),
    ],
)
def test_a_notice_names_only_a_person_and_a_channel(by: str, where: str, names: list[str]) -> None:
    body = discord.notice({"notice": "@everyone **x** <@5>", "by": by, "where": where}, f"{KEY}.0")
    assert list(message_breaches(body)) == []
    assert body["allowed_mentions"] == {"parse": []}
    assert discord.mark(body) == body["nonce"] == f"{KEY}.0"
    said = bare(body["content"])
    assert re.findall(r"<[@#]\d+>", said) == names
    assert markup(re.sub(r"<[@#]\d+>", "", said)) == []


# -- answers --------------------------------------------------------------------------------------------------


def within_the_limits(said: Reply) -> Data:
    body = discord.reply(said)
    assert list(message_breaches(body)) == []
    assert body["allowed_mentions"] == {"parse": []}
    json.dumps(body, ensure_ascii=False).encode()
    return body


def a_card(n: int, text: str = "x", url: str = "") -> Card:
    """A card of the longest parts that there may be."""
    return Card(
        item_id=f"id{n:010}",
        topic_id="immigration-enforcement",
        title=words.plain(text),
        url=url,
        source=words.plain(text),
        category="Congress",
        when="12 Nov",
        moment="12 Nov 2026, 14:05 EST",
        also=(words.plain(text),) * 30,
        quote=words.plain(text),
        why=words.plain(text),
        probability=0.9,
    )


words_alone = texts.map(lambda text: f"x{re.sub('_', '', text)}")
spans = words_alone | words_alone.map(lambda text: Strong(text=text)) | words_alone.map(lambda text: Code(text=text))
said_lines: st.SearchStrategy[Line] = st.lists(spans, min_size=1, max_size=4).map(lambda some: ("x", *some))


@given(st.lists(said_lines, max_size=12), words_alone)
@slowly
def test_an_answer_of_lines_is_text_within_the_limits(lines: list[Line], title: str) -> None:
    body = within_the_limits(Reply(title=title, lines=tuple(lines), footer=tuple(lines[:1])))
    for text in texts_of(body):
        for line in text.split("\n"):
            plain = re.sub(r"\*\*([^*]*)\*\*", r"\1", re.sub("^(?:### |-# )", "", bare(line)))
            assert markup(plain, line_start=True) == []


@given(st.lists(texts, min_size=1, max_size=25), st.booleans())
@slowly
def test_25_cards_as_lines_are_within_the_limits(some: list[str], linked: bool) -> None:
    url = "https://courier.example/" + "x" * 480 if linked else ""
    cards = tuple(a_card(n, some[n % len(some)] * 10, url) for n in range(25))
    choice = Choice(
        id="card", label="Details of one", options=tuple(Option(value=c.item_id, label=c.title) for c in cards)
    )
    within_the_limits(Reply(title="Newest", cards=cards, brief=True, choice=choice))


@pytest.mark.parametrize("number", [1, 5, 6, 7, 8, 20, 25])
def test_cards_as_lines_are_all_there(number: int) -> None:
    url = "https://courier.example/" + "x" * 150
    cards = tuple(a_card(n, f"Headline {n} " + "of words " * 30, url) for n in range(number))
    text = "\n".join(texts_of(within_the_limits(Reply(title="Newest", cards=cards, brief=True))))
    assert [n for n in range(number) if f"Headline {n} " not in text] == []


@given(st.lists(texts, min_size=1, max_size=5), texts)
@slowly
def test_5_cards_in_full_are_within_the_limits(some: list[str], says: str) -> None:
    cards = tuple(a_card(n, some[n % len(some)] * 20, "https://courier.example/a") for n in range(5))
    said = Reply(
        title=says * 5,
        lines=((f"x{says * 30}",),),
        cards=cards,
        footer=((f"By words only: {says * 4}"[:300],),),
        paging=Paging(page=2, more=True, state="[]"),
    )
    assert list(discord.items(within_the_limits(said))) == [card.item_id for card in cards]


def test_a_long_note_below_5_long_cards_is_within_the_limits() -> None:
    cards = tuple(a_card(n, "* word " * 100, "https://courier.example/a") for n in range(5))
    within_the_limits(
        Reply(title="Search: x", cards=cards, footer=(("By words only: " + "it cannot be loaded " * 60,),))
    )


def test_200_lines_say_how_many_are_left_out() -> None:
    body = within_the_limits(Reply(title="Many", lines=tuple((f"line {n} of many words",) for n in range(200))))
    [text] = texts_of(body)
    left = re.search(r"… and (\d+) more$", text)
    assert left
    assert len(re.findall(r"^line \d+ ", text, re.MULTILINE)) + int(left[1]) == 200


def test_an_answer_of_nothing_still_says_something() -> None:
    within_the_limits(Reply())
    within_the_limits(Reply(buttons=(Button(id="undo:a:b", label="Undo"),)))


def filled(query: str) -> str:
    """The state of a search of which every filter is filled in with the longest that there is."""
    filters = ["2026-04-05T14:00", "committee-on-homeland-security", "immigration-enforcement", "Sen. " + "Muster " * 7]
    return json.dumps([query, *filters], ensure_ascii=False, separators=(",", ":"))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=150))
@slowly
def test_the_next_page_is_of_the_same_search(query: str) -> None:
    survives(query)


@pytest.mark.parametrize(
    "query", ["w" * 150, "w|x@y:z " * 18, '"word" ' * 21, '"' * 150, "\\" * 150, "😀" * 150, "a😀" * 75]
)
def test_the_next_page_is_of_the_same_search_also_where_that_is_long(query: str) -> None:
    survives(query)


def survives(query: str) -> None:
    body = within_the_limits(
        Reply(title="Search", lines=(("x",),), paging=Paging(page=39, more=True, state=filled(query)))
    )
    [row] = buttons(body)
    assert [one["label"] for one in row][:3] == ["Previous", "Page 39", "Next"]
    assert discord.state(one["custom_id"] for one in row) == filled(query)
    assert [one["custom_id"].partition("|")[0] for one in row if not one.get("disabled")] == ["page:38", "page:40"]
