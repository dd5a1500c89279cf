"""What Slack is sent is within its limits, and whatever strangers wrote is no more than text there."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk import MOST_LISTED
from bot.records import Digest, Subscriber
from bot.render import slack, words
from bot.replies import Button, Card, Choice, Code, Field, Form, Line, Option, Paging, Reply, Strong
from tests.render.hostile import KEY, PIECES, digests, readers, shown, texts
from tests.slack_server import Reading, text_in, unsafe
from tests.written import digest, item, story

Data = dict[str, Any]

slowly = settings(max_examples=60, deadline=None)

MOST = 13_200
"""Characters of all blocks of a message that Slack was seen to take."""

READER = Subscriber(id="slack:C1", medium="slack", address="C1", zone="UTC")


def leaves(body: Data, kind: str) -> Iterator[Data]:
    """All rich text of a kind, in order."""
    for block in body["blocks"]:
        for part in block.get("elements", ()) if block["type"] == "rich_text" else ():
            yield from (leaf for leaf in part["elements"] if leaf["type"] == kind)


def fields_of_markup(thing: Any) -> list[str]:
    """Every text that Slack reads as mrkdwn."""
    if isinstance(thing, list):
        return [text for inner in thing for text in fields_of_markup(inner)]
    if not isinstance(thing, dict):
        return []
    own = [thing["text"]] if thing.get("type") == "mrkdwn" else []
    return own + [text for inner in thing.values() for text in fields_of_markup(inner)]


def within_the_limits(body: Data) -> Data:
    reading = Reading(body["blocks"])
    assert reading.wrong == []
    assert reading.unsafe == []
    assert text_in(body["blocks"]) <= MOST
    assert 1 <= len(body["text"]) <= 40_000
    json.dumps(body, ensure_ascii=False).encode()  # fails for a lone surrogate
    return body


def is_text_alone(body: Data) -> bool:
    """Is there no markup, link or mention in what notifications show, and no text that Slack reads as mrkdwn?"""
    assert list(unsafe(body["text"])) == []
    assert not re.search(r"<|>|&(?!amp;|lt;|gt;)", body["text"])
    assert not re.search(r"(?<!\w)@(everyone|here|channel)", body["text"])
    assert {leaf["text"] for leaf in leaves(body, "link")} <= {"↗"}
    return not any(list(leaves(body, kind)) for kind in ("user", "broadcast", "channel", "emoji"))


def lines(body: Data) -> list[str]:
    """What the sections and quotations of an overview say."""
    parts = [part for block in body["blocks"] if block["type"] == "rich_text" for part in block["elements"]]
    said = ["".join(leaf.get("text", "") for leaf in part["elements"]) for part in parts]
    return [line for line in said if line not in ("Faces", "Borders", "")]


def overview(bodies: list[Data], stories: int) -> list[str]:
    messages = max(1, -(-stories // slack.OVERVIEW))
    return [line for body in bodies[:messages] for line in lines(body)]


# -- digests --------------------------------------------------------------------------------------------------


@given(digests(), readers)
@slowly
def test_every_part_of_a_digest_is_text_within_the_limits(told: Digest, reader: Subscriber) -> None:
    first, *others = [part["body"] for part in slack.digest(told, reader, KEY)]
    called = ["S123"] if reader.mention and shown(told) else []
    assert [leaf["usergroup_id"] for leaf in leaves(first, "usergroup")] == called
    assert [leaf for body in others for leaf in leaves(body, "usergroup")] == []
    for body in (first, *others):
        assert fields_of_markup(body["blocks"]) == []
        assert is_text_alone(within_the_limits(body))


@given(digests(), readers)
@slowly
def test_every_story_is_told_once_in_two_lines(told: Digest, reader: Subscriber) -> None:
    stories = shown(told)
    said = overview([part["body"] for part in slack.digest(told, reader, KEY)], len(stories))
    assert len(said) == 2 * len(stories)
    for n, card in enumerate(stories, 1):
        beginning = words.plain(card.title)[:15].replace("\u2060", "")
        assert said[2 * n - 2].replace("\u2060", "").startswith(f"{n}. {card.when} · {beginning}")


@given(digests(), readers)
@slowly
def test_every_message_carries_its_mark_and_says_which_items_it_shows(told: Digest, reader: Subscriber) -> None:
    parts, stories = slack.digest(told, reader, KEY), [card.item_id for card in shown(told)]
    assert [part["body"]["metadata"]["event_payload"] for part in parts] == [
        {"delivery": KEY, "part": n} for n in range(len(parts))
    ]
    assert [part["do"] for part in parts] == ["message", *["reply"] * (len(parts) - 1)]
    found = [item for part in parts for item in slack.items(part["body"])]
    detailed = len(stories) > 1 and not reader.compact
    assert found == (stories * 2 if detailed else stories)


@given(digests())
@slowly
def test_every_card_can_be_judged_explained_and_opened(told: Digest) -> None:
    stories = {card.item_id: card for card in shown(told)}
    blocks = [block for part in slack.digest(told, READER, KEY) for block in part["body"]["blocks"]]
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    cards = [row for row in rows if row[0]["action_id"].startswith("yes:")]
    assert {row[0]["action_id"].split(":")[1] for row in cards} == set(stories)
    for row in cards:
        card = stories[row[0]["action_id"].split(":")[1]]
        opens = bool(card.url) and len(card.url) <= 3_000
        said = [one["text"]["text"] for one in row]
        assert said == ["Relevant", "Not relevant", "Why", *(["Open"] if opens else [])]
        assert not opens or re.match(r"https?://", row[3]["url"], re.IGNORECASE)


def test_60_stories_of_the_longest_are_within_the_limits() -> None:
    long = "word " * 100
    told = [
        story(item(f"i{n}", title=long, source=long, text=long, url="https://x.example/" + "x" * 200))
        for n in range(60)
    ]
    for part in slack.digest(digest(*told), READER, KEY):
        within_the_limits(part["body"])


@pytest.mark.parametrize(
    "url", ["https://[broken/x", "HTTPS://COURIER.EXAMPLE/", "javascript:alert(1)", "https://x y/", ""]
)
def test_an_address_is_one_that_slack_takes_or_none(url: str) -> None:
    within_the_limits(slack.digest(digest(story(item("a", url=url))), READER, KEY)[0]["body"])


def test_an_empty_digest_is_one_message_that_says_so() -> None:
    [part] = slack.digest(digest(), READER, KEY)
    assert part["body"]["text"] == "Lookout: Nothing new"
    within_the_limits(part["body"])


@pytest.mark.parametrize("hostile", PIECES)
def test_notifications_show_strangers_words_as_text(hostile: str) -> None:
    said = slack.fallback(f"x {hostile}")
    assert not re.search(r"<|>|&(?!amp;|lt;|gt;)", said)
    told = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\u2060", "")
    assert told == words.plain(f"x {hostile}")


def test_a_notice_keeps_its_lines() -> None:
    says = "Two sources.\n- One: blocked\n- Two: gone"
    body = within_the_limits(slack.notice({"notice": says}, KEY, 0))
    [section] = body["blocks"][0]["elements"]
    assert "".join(part["text"] for part in section["elements"]) == says


@pytest.mark.parametrize(
    ("by", "where", "users", "channels"),
    [
        ("slack:U123", "", ["U123"], []),
        ("slack:U123", "C456", ["U123"], ["C456"]),
        ("discord:123", "12", [], []),
        ("slack:U1> <!channel", "C1> <!channel>", [], []),
        ("", "", [], []),
    ],
)
def test_a_notice_names_only_a_person_and_a_channel(by: str, where: str, users: list[str], channels: list[str]) -> None:
    body = within_the_limits(slack.notice({"notice": "<!channel> *x* <@U5>", "by": by, "where": where}, KEY, 0))
    assert [leaf["user_id"] for leaf in leaves(body, "user")] == users
    assert [leaf["channel_id"] for leaf in leaves(body, "channel")] == channels
    assert list(unsafe(body["text"])) == []


# -- answers --------------------------------------------------------------------------------------------------


def a_card(n: int, text: str = "x", url: str = "") -> Card:
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


seen = texts.map(lambda text: f"x{text}")
spans = seen | seen.map(lambda text: Strong(text=text)) | seen.map(lambda text: Code(text=text))
said_lines: st.SearchStrategy[Line] = st.lists(spans, min_size=1, max_size=4).map(lambda some: ("x", *some))


@given(st.lists(said_lines, max_size=12), texts)
@slowly
def test_an_answer_of_lines_is_text_within_the_limits(some: list[Line], title: str) -> None:
    body = within_the_limits(slack.reply(Reply(title=title, lines=tuple(some), footer=tuple(some[:1]))))
    assert is_text_alone(body)


@given(st.lists(texts, min_size=1, max_size=20))
@slowly
def test_20_cards_as_lines_are_all_there_within_the_limits(some: list[str]) -> None:
    url = "https://courier.example/" + "x" * 480
    cards = tuple(a_card(n, f"t{n} {some[n % len(some)] * 10}", url) for n in range(MOST_LISTED))
    options = tuple(Option(value=card.item_id, label=card.title, says=card.source) for card in cards)
    choice = Choice(id="card", label="Details of one", options=options)
    body = within_the_limits(slack.reply(Reply(title="Newest", cards=cards, brief=True, choice=choice)))
    assert [n for n in range(MOST_LISTED) if f"· t{n}" not in lines(body)[2 * n]] == []
    assert list(slack.items(body)) == [card.item_id for card in cards]


@given(st.lists(texts, min_size=1, max_size=5), texts)
@slowly
def test_5_cards_in_full_are_within_the_limits(some: list[str], says: str) -> None:
    cards = tuple(a_card(n, some[n % len(some)] * 20, "https://courier.example/a") for n in range(5))
    said = Reply(
        title=says * 5,
        lines=((f"x{says * 30}",),),
        cards=cards,
        footer=((f"By words only: {says * 30}",),),
        buttons=(Button(id="cancel", label="Keep it"), Button(id="forget:me", label="Delete", style="danger")),
        paging=Paging(page=2, more=True, state="[" + "😀" * 300 + "]"),
    )
    assert list(slack.items(within_the_limits(slack.reply(said)))) == [card.item_id for card in cards]


def test_200_lines_say_how_many_are_left_out() -> None:
    body = within_the_limits(
        slack.reply(Reply(title="Many", lines=tuple((f"line {n} " + "of words " * 20,) for n in range(200))))
    )
    text = "".join(leaf["text"] for leaf in leaves(body, "text"))
    left = re.search(r"\n… and (\d+) more$", text)
    assert left
    assert len(re.findall(r"^line \d+ ", text, re.MULTILINE)) + int(left[1]) == 200


def test_the_other_pages_know_the_search() -> None:
    state = json.dumps(["😀" * 150, "2026-04-05", "x" * 100, "y" * 100, "z" * 60], ensure_ascii=False)
    body = within_the_limits(slack.reply(Reply(title="Search", paging=Paging(page=2, more=True, state=state))))
    [actions] = [block for block in body["blocks"] if block["type"] == "actions"]
    assert [(one["action_id"], one["value"]) for one in actions["elements"]] == [("page:1", state), ("page:3", state)]


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\u200b", "\x00", "\n\n"])
def test_words_that_cannot_be_seen_are_no_trouble(text: str) -> None:
    within_the_limits(slack.reply(Reply(title=text, lines=((text,), ("x", Strong(text=text))))))


def test_an_answer_of_nothing_still_says_something() -> None:
    within_the_limits(slack.reply(Reply()))


# -- forms ----------------------------------------------------------------------------------------------------


@given(texts, st.sampled_from(("search", "settings")))
@slowly
def test_a_form_is_within_the_limits_of_a_modal(text: str, command: str) -> None:
    fields = tuple(
        Field(name=f"f{n}", label=f"x{text}", hint=text, value=words.plain(text)[:300], required=n % 2 == 0)
        for n in range(10)
    )
    options = (Option(value="full", label="Full"), Option(value="compact", label="Compact"))
    chosen = Field(name="format", label="Format", value="compact", options=options)
    view = slack.form(Form(command=command, title="Anything", fields=(*fields, chosen)), "C1 https://hooks.example/x")
    reading = Reading(view["blocks"], most=100)
    assert reading.wrong == []
    assert reading.unsafe == []
    assert all(1 <= len(view[name]["text"]) <= 24 for name in ("title", "submit", "close"))
    for block in view["blocks"]:
        element = block["element"]
        assert len(element.get("initial_value", "")) <= element.get("max_length", 3_000)
    assert view["blocks"][-1]["element"]["initial_option"]["value"] == "compact"
