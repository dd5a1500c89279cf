"""Whoever asks at the desk is answered, from a real store: only what is theirs, and in words when it cannot be."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from bot.desk import COMMANDS, Desk, Knowledge
from bot.records import Feed, FeedState, Schedule, Subscriber, Watchlist
from bot.render import discord, slack
from bot.replies import Asked, Asker, Form, Reply
from bot.schedule import due
from bot.store import Poll, Store
from tests import newsroom
from tests.discord_server import message_breaches
from tests.newsroom import START, TOPICS, Bags, Time, Words
from tests.slack_server import Reading, unsafe
from tests.store.samples import an_item, polled, seen

CHIEF = Asker(person="discord:1", medium="discord", community="discord:club", address="100", manages=True)
MEMBER = replace(CHIEF, person="discord:2", manages=False)
ELSEWHERE = Asker(person="discord:9", medium="discord", community="discord:other", address="200", manages=True)

FEEDS = tuple(
    Feed(id=n, name=f"The {n.title()}", kind="rss", url=f"https://{n}.example/", category="news", every=timedelta(1))
    for n in ("courier", "senate")
)
WATCHED = Watchlist(topics=TOPICS, subjects=(), feeds=FEEDS)


@pytest.fixture(autouse=True)
def everything_is_logged() -> None:
    """A command line that ran in this process before may have set another level."""
    structlog.reset_defaults()


TYPED = (
    "²", "nan", "0:²-07:00", "07:00-07:٣٠", "weekly monday 7:²", "'", '"', "*", "\\", ",", "America", "@everyone",
    "[x](http://evil.example)", "\u202ex", "\ud800", "\x00", "A\n\nB", "😀" * 50, "<!channel>" * 10, "9999-12-31",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Room:
    """A desk with a store behind it, and a clock that a test moves."""

    desk: Desk
    store: Store
    time: Time

    async def ask(self, command: str, by: Asker = CHIEF, /, **options: str) -> str:
        return said(await self.desk.answer(Asked(command=command, options=options, by=by)))

    async def cards(self, command: str, by: Asker = CHIEF, /, **options: str) -> list[str]:
        """The ids of the items that an answer shows."""
        answer = await self.desk.answer(Asked(command=command, options=options, by=by))
        return [card.item_id for card in answer.cards]

    async def press(self, id_: str, by: Asker = CHIEF, value: str = "") -> str:
        return said(await self.desk.pressed(id_, value, by))

    async def channel(self, by: Asker = CHIEF) -> Subscriber:
        found = await self.store.subscribers.named(f"{by.medium}:{by.address}")
        assert found is not None
        return found

    async def notices(self) -> list[tuple[str, str]]:
        """What everybody is about to be told, and where."""
        waiting = await self.store.reports.outbox(self.time())
        found = [await self.store.reports.delivery(one.key) for one in waiting]
        return [(one.address, one.text) for one in found if one is not None]

    async def news(self, *names: str, **said: Any) -> None:
        """Let these be seen now."""
        self.time.passes(minutes=1)
        items = [an_item(name, first_seen=self.time(), **said) for name in names]
        await self.store.remember([polled(*map(seen, items), polled=self.time(), succeeded=self.time())])

    async def offered(self, command: str, parameter: str, typed: str = "", by: Asker = CHIEF) -> list[str]:
        return [one.value for one in await self.desk.offered(command, parameter, typed, by)]


def a_desk(store: Store, clock: Time, watchlist: Any = lambda: WATCHED) -> Desk:
    return Desk(
        Knowledge(
            store=store,
            watchlist=watchlist,
            clock=clock,
            zone="America/New_York",
            questions=newsroom.Asked(Bags()),
            closely=lambda item: Words().match([item])[item.id][0],
        )
    )


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    clock = Time()
    async with newsroom.opened(newsroom.an_empty_database(tmp_path)) as store:
        yield Room(desk=a_desk(store, clock), store=store, time=clock)


def said(answer: Reply) -> str:
    """All the words of an answer; buttons stand in brackets."""
    lines = ["".join(span if isinstance(span, str) else span.text for span in line) for line in answer.lines]
    footer = ["".join(span if isinstance(span, str) else span.text for span in line) for line in answer.footer]
    titles = [card.title for card in answer.cards]
    return "\n".join([answer.title, *lines, *titles, *footer, *(f"[{one.id}]" for one in answer.buttons)]).strip()


def is_refusal(text: str) -> bool:
    """Is it one sentence that begins as one and ends with an id for the log?"""
    return re.fullmatch(r"[^\n]*[.?] \(reference [0-9a-f]{8}\)", text) is not None


# -- subscriptions --------------------------------------------------------------------------------------------


async def test_a_channel_is_subscribed_from_now_on_and_everybody_is_told_so(room: Room) -> None:
    answer = await room.ask("subscribe", topic="FACES", sources="congress, courier", threshold="80", words="ICE, scan")
    assert "Faces from congress, courier with “ICE” or “scan”, from 80 % on, daily 07:00" in answer
    assert "[preview:7]" in answer
    [one] = (await room.channel()).subscriptions
    assert (one.topics, one.categories, one.feeds) == (("faces",), ("congress",), ("courier",))
    assert (one.words, one.threshold, one.schedule, one.by) == (("ICE", "scan"), 0.8, None, "discord:1")
    told = "This channel now follows Faces (daily 07:00, America/New_York)."
    assert await room.notices() == [("100", told)]


async def test_the_first_subscription_sets_the_schedule_of_the_channel_and_others_have_their_own(room: Room) -> None:
    await room.ask("subscribe", topic="faces", schedule="hourly")
    await room.ask("subscribe", topic="borders", schedule="weekly monday 08:00")
    await room.ask("subscribe", topic="everything")
    channel = await room.channel()
    assert channel.schedule == Schedule(every="hourly")
    assert [one.schedule for one in channel.subscriptions] == [None, Schedule(every="weekly", at=time(8), day=0), None]
    listed = await room.ask("subscriptions")
    assert re.findall(r"^\d+ (.*)$", listed, re.MULTILINE) == [
        "Faces, hourly", "Borders, weekly monday 08:00", "all topics, hourly",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"topic": "crops"}, "No topic 'crops'; there are Faces, Borders."),
        ({"topic": "faces", "sources": "congres"}, "No source 'congres'; there are congress, dhs,"),
        ({"topic": "faces", "threshold": "0"}, "'0' is no percentage; write it as 80, from 1 to 99."),
        ({"topic": "faces", "threshold": "nan"}, "'nan' is no percentage;"),
        ({"topic": "faces", "threshold": "100"}, "'100' is no percentage;"),
        ({"topic": "faces", "schedule": "sometimes"}, "'sometimes' is no schedule; write one of: at once,"),
        ({"topic": "faces", "schedule": "daily 25:00"}, "'25:00' is no time of day; write it as 07:00."),
        ({"topic": "faces", "words": "x" * 301}, "Words may have 300 characters at most."),
        ({}, "'subscribe' needs topic: what to follow."),
    ],
)
async def test_what_cannot_be_followed_is_refused_in_plain_words(room: Room, given: dict[str, str], says: str) -> None:
    answer = await room.ask("subscribe", **given)
    assert answer.startswith(says)
    assert is_refusal(answer)
    assert await room.store.subscribers.all() == []


async def test_the_same_is_not_followed_twice(room: Room) -> None:
    await room.ask("subscribe", topic="faces", words="ICE")
    again = await room.ask("subscribe", topic="Faces", words=" ICE ,", schedule="hourly")
    assert again.startswith("This channel follows that already")
    assert len((await room.channel()).subscriptions) == 1


async def test_a_channel_follows_25_things_at_most(room: Room) -> None:
    for n in range(25):
        await room.ask("subscribe", topic="faces", words=f"word{n}")
    assert (await room.ask("subscribe", topic="borders")).startswith("This channel has 25 subscriptions already")
    assert len((await room.channel()).subscriptions) == 25
    assert len(await room.offered("unsubscribe", "number")) == 25


async def test_where_digests_could_not_be_posted_nothing_is_subscribed_and_what_is_missing_is_said(room: Room) -> None:
    barred = replace(CHIEF, lacks=("Send Messages", "Embed Links"))
    assert "I need: Send Messages, Embed Links." in await room.ask("subscribe", barred, topic="faces")
    assert await room.store.subscribers.all() == []
    await room.ask("subscribe", topic="faces")
    assert "I need: Send Messages, Embed Links." in await room.ask("resume", barred)


@pytest.mark.parametrize("command", [one.name for one in COMMANDS if one.managers] + ["digest", "settings"])
async def test_only_those_who_manage_a_channel_say_what_it_is_told(room: Room, command: str) -> None:
    await room.ask("subscribe", topic="faces")
    before = await room.store.subscribers.all()
    options = {"topic": "borders", "number": "1", "schedule": "off", "zone": "UTC", "hours": "off", "format": "compact"}
    answer = await room.ask(command, MEMBER, **options)
    assert answer.startswith("Only those who may manage this channel can do that.")
    assert await room.store.subscribers.all() == before


@pytest.mark.parametrize("button", ["preview:7", "unsubscribe:1", "forget:channel"])
async def test_only_those_who_manage_a_channel_press_its_buttons(room: Room, button: str) -> None:
    await room.ask("subscribe", topic="faces")
    before = await room.store.subscribers.all()
    assert (await room.press(button, MEMBER)).startswith("Only those who may manage this channel")
    assert await room.store.subscribers.all() == before


async def test_unsubscribing_asks_first_and_the_red_button_does_it(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    await room.ask("subscribe", topic="borders")
    assert (await room.ask("unsubscribe")).startswith("Which one? Say its number.\n1 Faces")
    assert (await room.ask("unsubscribe", number="7")).startswith("There is no subscription '7'. Which one?")
    asked = await room.ask("unsubscribe", number="#2")
    assert asked.startswith("Stop following Borders")
    assert "[unsubscribe:2]\n[cancel]" in asked
    assert await room.press("cancel") == "Nothing was changed."
    assert len((await room.channel()).subscriptions) == 2
    room.time.passes(minutes=1)
    assert await room.press("unsubscribe:2") == "Unsubscribed."
    assert [one.topics for one in (await room.channel()).subscriptions] == [("faces",)]
    assert is_refusal(await room.press("unsubscribe:2"))
    assert "[unsubscribe:1]" in await room.ask("unsubscribe")
    assert ("100", "This channel no longer follows Borders.") in await room.notices()


@pytest.mark.parametrize(
    "command", ["unsubscribe", "pause", "resume", "digest preview", "digest now", "digest off", "settings mentions"]
)
async def test_a_channel_that_follows_nothing_has_nothing_to_set(room: Room, command: str) -> None:
    assert (await room.ask(command)).startswith("This channel follows nothing yet; /subscribe first.")
    assert await room.store.subscribers.all() == []


async def test_a_channel_is_paused_and_resumed(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    await room.ask("pause")
    assert (await room.channel()).paused
    assert "This channel is paused" in await room.ask("status")
    await room.ask("resume")
    assert not (await room.channel()).paused
    await room.store.subscribers.gone("discord:100", START, "no such channel", ())
    assert "This channel refused us on Fri 10 Apr 2026, 08:00 EDT" in await room.ask("status", MEMBER)
    assert (await room.ask("resume")).startswith("This channel has 1 subscription, told daily 07:00")
    assert (await room.channel()).gone is None


# -- digests --------------------------------------------------------------------------------------------------


async def test_who_paused_a_channel_and_left_it_hears_again_after_subscribing_anew(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    await room.ask("pause")
    await room.press("unsubscribe:1")
    await room.ask("subscribe", topic="faces")
    assert not (await room.channel()).paused


async def test_another_time_zone_makes_nothing_due(room: Room) -> None:
    await room.ask("subscribe", topic="faces", schedule="daily 07:00")
    room.time.passes(minutes=20)
    await room.ask("settings timezone", zone="Asia/Tokyo")
    reader = await room.channel()
    until = {one: told for one, (_, told) in (await room.store.reports.periods()).items()}
    assert due(reader, until, room.time()) is None


async def test_where_we_were_refused_nothing_is_promised(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    reader = await room.channel()
    await room.store.subscribers.gone(reader.id, room.time(), "the channel was deleted", [])
    for command in ("digest now", "test"):
        assert "/resume tries again" in await room.ask(command)
    await room.ask("resume")
    assert "in a moment" in await room.ask("digest now")


async def test_a_preview_shows_what_would_be_told_and_changes_nothing(room: Room) -> None:
    await room.news("old")
    room.time.passes(minutes=1)
    await room.ask("subscribe", topic="faces")
    await room.news("new")
    before = await room.store.subscribers.all(), await room.store.reports.periods(), await room.store.reports.waiting()
    assert await room.cards("digest preview") == ["id-of-new"]
    assert await room.cards("digest") == ["id-of-new"]
    shown = await room.desk.pressed("preview:7", "", CHIEF)
    assert {card.item_id for card in shown.cards} == {"id-of-old", "id-of-new"}
    assert (shown.public, shown.brief) == (False, True)
    after = await room.store.subscribers.all(), await room.store.reports.periods(), await room.store.reports.waiting()
    assert after == before


async def test_a_preview_of_nothing_says_so(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    assert "\nNothing.\n" in await room.ask("digest preview")


async def test_digests_are_asked_for_scheduled_and_turned_off(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    await room.ask("digest now")
    assert (await room.channel()).now
    assert "told weekdays 08:00" in await room.ask("digest schedule", schedule="weekdays 8")
    assert is_refusal(await room.ask("digest schedule", schedule="fortnightly"))
    assert (await room.channel()).schedule == Schedule(every="weekdays", at=time(8))
    await room.ask("digest off")
    assert (await room.channel()).schedule.every == "off"


async def test_a_test_message_goes_the_way_of_digests(room: Room) -> None:
    await room.ask("test")
    [(address, text)] = await room.notices()
    assert address == "100"
    assert text.startswith("This is a test: Lookout can post here.")


# -- settings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "given", "expected"),
    [
        ("settings timezone", {"zone": "Europe/London"}, {"zone": "Europe/London"}),
        ("settings timezone", {"zone": "America/New York"}, {"zone": "America/New_York"}),
        ("settings quiet", {"hours": "22:00-07:00"}, {"quiet": (time(22), time(7))}),
        ("settings quiet", {"hours": "22 to 7:30"}, {"quiet": (time(22), time(7, 30))}),
        ("settings quiet", {"hours": "off"}, {"quiet": None}),
        ("settings format", {"format": "Compact"}, {"compact": True}),
        ("settings format", {"format": "full"}, {"compact": False}),
        ("settings mentions", {"role": "12345", "above": "80"}, {"mention": "12345", "mention_from": 0.8}),
        ("settings mentions", {"role": "S0PRESS"}, {"mention": "S0PRESS", "mention_from": 0.9}),
        ("settings mentions", {}, {"mention": None}),
    ],
)
async def test_every_setting_can_be_set(
    room: Room, command: str, given: dict[str, str], expected: dict[str, object]
) -> None:
    await room.ask("subscribe", topic="faces")
    assert "Time zone: " in await room.ask(command, **given)
    channel = await room.channel()
    assert {name: getattr(channel, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("command", "given", "says"),
    [
        ("settings timezone", {"zone": "nw york"}, "No time zone 'nw york'; did you mean 'America/New_York'?"),
        ("settings timezone", {"zone": "/etc/passwd"}, "No time zone '/etc/passwd'"),
        ("settings timezone", {"zone": "America"}, "No time zone 'America'"),
        ("settings quiet", {"hours": "07:00-07:00"}, "Quiet hours that begin and end at the same time would never end"),
        ("settings quiet", {"hours": "at night"}, "'at night' are no quiet hours; write them as 22:00-07:00, or off."),
        ("settings quiet", {"hours": "22:00-25:00"}, "'25:00' is no time of day"),
        ("settings quiet", {"hours": "22:0²-07:00"}, "'22:0²' is no time of day"),
        ("settings mentions", {"above": "80"}, "Say also whom to call: the role."),
        ("settings mentions", {"role": "12345", "above": "lots"}, "'lots' is no percentage"),
        ("settings mentions", {"role": "S1> <!channel"}, "'S1> <!channel' is nobody whom I could call;"),
    ],
)
async def test_a_setting_that_makes_no_sense_is_refused(
    room: Room, command: str, given: dict[str, str], says: str
) -> None:
    await room.ask("subscribe", topic="faces")
    before = await room.channel()
    answer = await room.ask(command, **given)
    assert answer.startswith(says)
    assert is_refusal(answer)
    assert await room.channel() == before


async def test_settings_are_shown(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    await room.ask("settings quiet", hours="06:00-09:00")
    shown = await room.ask("settings")
    assert "quiet from 06:00 to 09:00, now." in shown
    assert shown.endswith("Time zone: America/New_York\nQuiet hours: 06:00-09:00\nFormat: full\nMentions: nobody")


async def test_a_form_sets_all_settings_at_once(room: Room) -> None:
    assert isinstance(await room.desk.form("settings", CHIEF), Reply)  # nothing is followed yet
    await room.ask("subscribe", topic="faces")
    refused = await room.desk.form("settings", MEMBER)
    assert isinstance(refused, Reply)
    assert is_refusal(said(refused))
    form = await room.desk.form("settings", CHIEF)
    assert isinstance(form, Form)
    filled = {field.name: field.value for field in form.fields}
    assert filled | {"schedule": "daily 07:00", "zone": "America/New_York", "hours": "off", "format": "full"} == filled
    before = await room.channel()
    await room.desk.filled_in(Asked(command="settings", options=filled, by=CHIEF))
    assert await room.channel() == before
    changed = filled | {"schedule": "hourly", "zone": "UTC", "hours": "22:00-07:00", "format": "compact"}
    await room.desk.filled_in(Asked(command="settings", options=changed, by=MEMBER))
    assert await room.channel() == before
    shouting = changed | {"role": "S1> <!channel"}
    assert is_refusal(said(await room.desk.filled_in(Asked(command="settings", options=shouting, by=CHIEF))))
    assert await room.channel() == before
    await room.desk.filled_in(Asked(command="settings", options=changed, by=CHIEF))
    after = await room.channel()
    assert (after.schedule.every, after.zone, after.quiet, after.compact) == (
        "hourly",
        "UTC",
        (time(22), time(7)),
        True,
    )


async def test_a_search_can_be_filled_in(room: Room) -> None:
    await room.news("a")
    form = await room.desk.form("search", MEMBER)
    assert isinstance(form, Form)
    assert [field.name for field in form.fields if field.required] == ["query"]
    empty = {field.name: "" for field in form.fields}
    found = await room.desk.filled_in(Asked(command="search", options=empty | {"query": "namely"}, by=MEMBER))
    assert [card.item_id for card in found.cards] == ["id-of-a"]


# -- what was published ---------------------------------------------------------------------------------------


async def test_a_search_is_shown_five_at_a_time(room: Room) -> None:
    await room.news(*(f"n{n}" for n in range(12)))
    first = await room.desk.answer(Asked(command="search", options={"query": "namely"}, by=MEMBER))
    assert first.paging is not None
    second = await room.desk.pressed("page:2", first.paging.state, MEMBER)
    third = await room.desk.pressed("page:3", first.paging.state, MEMBER)
    pages = [first, second, third]
    assert [len(one.cards) for one in pages] == [5, 5, 2]
    assert len({card.item_id for one in pages for card in one.cards}) == 12
    assert [(one.paging.page, one.paging.more) for one in pages if one.paging] == [(1, True), (2, True), (3, False)]
    assert {one.paging.state for one in pages if one.paging} == {first.paging.state}
    assert "Nothing more found." in await room.press("page:4", MEMBER, value=first.paging.state)


async def test_a_search_that_fits_on_a_page_has_no_other(room: Room) -> None:
    await room.news(*(f"n{n}" for n in range(5)))
    only = await room.desk.answer(Asked(command="search", options={"query": "namely"}, by=MEMBER))
    assert only.paging is not None
    assert (len(only.cards), only.paging.more) == (5, False)


async def test_a_search_is_narrowed_and_says_by_what(room: Room) -> None:
    await room.news("a", category="congress", source="Sen. Sample", feed_id="courier")
    await room.news("b")
    assert await room.cards("search", query="namely", source="congress") == ["id-of-a"]
    assert await room.cards("search", query="namely", member="sample") == ["id-of-a"]
    assert await room.cards("search", query="namely", topic="borders") == []
    assert len(await room.cards("search", query="namely", source="Courier", topic="Faces", since="2d")) == 2
    answer = await room.ask("search", query="“namely” @everyone\nx", source="congress", since="30d")
    assert answer.startswith("Search: “namely” @everyone x\nsince 30d, source congress\nNothing found.")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"source": "times"}, "No source 'times'; there are congress,"),
        ({"topic": "crops"}, "No topic 'crops'; there are Faces, Borders."),
        ({"since": "lately"}, "'lately' is no date; write 2026-04-05,"),
        ({"since": "2026-13-01"}, "'2026-13-01' is no date"),
        ({"query": ""}, "'search' needs query: what to look for"),
    ],
)
async def test_a_search_that_cannot_be_is_refused_in_plain_words(room: Room, given: dict[str, str], says: str) -> None:
    answer = await room.ask("search", MEMBER, **({"query": "faces"} | given))
    assert answer.startswith(says)
    assert is_refusal(answer)


async def test_the_latest_are_shown_to_one_and_shared_with_all(room: Room) -> None:
    assert "Nothing matches yet." in await room.ask("latest", MEMBER)
    await room.news(*(f"n{n}" for n in range(8)))
    await room.news("other", text="Nothing of note.", title="Other")
    alone = await room.desk.answer(Asked(command="latest", options={"topic": "Faces", "count": "7"}, by=MEMBER))
    assert (len(alone.cards), alone.brief, alone.public) == (7, True, False)
    [share] = alone.buttons
    shared = await room.desk.pressed(share.id, "", MEMBER)
    assert shared.public
    assert shared.cards == alone.cards
    assert shared.choice is not None
    assert [one.value for one in shared.choice.options] == [card.item_id for card in alone.cards]
    five = await room.desk.answer(Asked(command="latest", options={}, by=MEMBER))
    assert (len(five.cards), five.brief, five.choice) == (5, False, None)


async def test_one_item_is_shown_in_full_explained_and_seen_in_its_story(room: Room) -> None:
    await room.news("a")
    chosen = await room.desk.pressed("card", "id-of-a", MEMBER)
    assert [card.title for card in chosen.cards] == ["Sample a"]
    for answer in (await room.ask("why", MEMBER, id="id-of-a"), await room.press("why:id-of-a@mark.0", MEMBER)):
        assert "Faces: flagged (90 %, needs 50 %); phrases: faces" in answer
        assert "Borders: not flagged (10 %, needs 50 %)" in answer
    for answer in (await room.ask("story", MEMBER, id="id-of-a"), await room.press("story:id-of-a", MEMBER)):
        assert answer.startswith("Story 1: 1 item\nid-of-a Sample a · The Courier, ")


@pytest.mark.parametrize("asks", ["why", "story"])
async def test_an_item_that_is_none_is_refused(room: Room, asks: str) -> None:
    assert (await room.ask(asks, id="nowhere")).startswith("No item 'nowhere'; ids stand in digests")
    assert is_refusal(await room.press(f"{asks}:nowhere"))
    assert is_refusal(await room.press("card", value="nowhere"))
    assert is_refusal(await room.press("yes:nowhere:faces"))


async def test_sources_and_the_house_say_how_they_do(room: Room) -> None:
    assert (await room.ask("status", MEMBER)).startswith("Lookout is starting\nLast poll: none yet.")
    await room.news("a")
    failing = FeedState(feed_id="senate", polled=START, failures=2, reason="blocked", detail="403")
    await room.store.remember([Poll(state=failing, sightings=())])
    assert (await room.ask("status", MEMBER)).splitlines()[:3] == [
        "Lookout is at work",
        "Last poll: Fri 10 Apr 2026, 08:01 EDT.",
        "Sources: 1 ok, 1 could not be read (1 blocked).",
    ]
    listed = "2 sources: 1 ok, 1 could not be read (1 blocked)\nsenate The Senate: blocked; never read so far"
    assert await room.ask("feeds", MEMBER) == await room.press("feeds@mark.0", MEMBER) == listed


async def test_help_names_every_command_and_explains_one(room: Room) -> None:
    everything = await room.ask("help", MEMBER)
    assert [one.name for one in COMMANDS if f"\n/{one.name}  " not in everything] == []
    assert "query  What to look for" in await room.ask("help", MEMBER, command="/Search")
    assert "did you mean 'search'?" in await room.ask("help", MEMBER, command="serch")


# -- labels ---------------------------------------------------------------------------------------------------


async def test_a_no_takes_an_item_out_for_that_community_until_it_is_taken_back(room: Room) -> None:
    await room.news("a")
    answer = await room.press("no:id-of-a:faces@mark.0", MEMBER)
    assert answer.startswith("Noted: not relevant for Faces.")
    assert "[undo:id-of-a:faces]" in answer
    assert await room.cards("latest", CHIEF) == []
    assert await room.cards("latest", ELSEWHERE) == ["id-of-a"]
    assert await room.cards("search", CHIEF, query="namely", topic="faces") == []
    assert await room.cards("search", ELSEWHERE, query="namely", topic="faces") == ["id-of-a"]
    shown = [(await room.desk.pressed("card", "id-of-a", by)).cards[0].why for by in (CHIEF, ELSEWHERE)]
    assert shown == ["matches no topic", "90 % Faces; phrases: faces"]
    assert "labelled not relevant" in await room.ask("why", CHIEF, id="id-of-a")
    assert "labelled" not in await room.ask("why", ELSEWHERE, id="id-of-a")
    assert is_refusal(await room.press("undo:id-of-a:faces", CHIEF))  # it was not they who said it
    assert is_refusal(await room.press("undo:id-of-a:faces", replace(MEMBER, community="discord:other")))
    assert await room.cards("latest", CHIEF) == []
    assert await room.press("undo:id-of-a:faces", MEMBER) == "Taken back."
    assert await room.cards("latest", CHIEF) == ["id-of-a"]
    assert is_refusal(await room.press("undo:id-of-a:faces", MEMBER))


async def test_a_yes_brings_an_item_in_for_that_community(room: Room) -> None:
    await room.news("b", text="Nothing of note.", title="Other")
    assert await room.cards("latest") == []
    await room.press("yes:id-of-b:borders", MEMBER)
    assert await room.cards("latest", topic="borders") == ["id-of-b"]
    assert await room.cards("latest", ELSEWHERE) == []
    await room.press("no:id-of-b:borders", MEMBER)
    assert await room.cards("latest") == []


async def test_an_item_can_only_be_labelled_for_a_topic_that_there_is(room: Room) -> None:
    await room.news("a")
    assert is_refusal(await room.press("yes:id-of-a:crops", MEMBER))
    assert await room.store.feedback.labels("discord:club") == []


# -- one community and another --------------------------------------------------------------------------------


async def test_nobody_reads_or_changes_what_another_channel_follows(room: Room) -> None:
    await room.ask("subscribe", topic="faces", words="ours")
    await room.ask("subscribe", ELSEWHERE, topic="borders")
    before = await room.channel()
    assert "ours" not in await room.ask("subscriptions", ELSEWHERE)
    assert await room.offered("unsubscribe", "number", by=ELSEWHERE) == ["2"]
    assert (await room.ask("unsubscribe", ELSEWHERE, number="1")).startswith("There is no subscription '1'.")
    assert is_refusal(await room.press("unsubscribe:1", ELSEWHERE))
    await room.ask("settings format", ELSEWHERE, format="compact")
    await room.ask("pause", ELSEWHERE)
    await room.press("forget:channel", ELSEWHERE)
    assert await room.channel() == before


async def test_why_says_nothing_of_what_other_channels_are_told(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    await room.news("a")
    assert "discord:100" not in await room.ask("why", ELSEWHERE, id="id-of-a")
    assert "discord:1" not in await room.ask("why", CHIEF, id="id-of-a")


# -- forget ---------------------------------------------------------------------------------------------------


async def test_what_a_person_said_is_forgotten_once_they_confirm_it(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    await room.news("a")
    await room.press("no:id-of-a:faces", CHIEF)
    await room.press("no:id-of-a:faces", MEMBER)
    assert "[forget:me]\n[cancel]" in await room.ask("forget")
    assert len(await room.store.feedback.labels("discord:club")) == 2
    assert (await room.press("forget:me", CHIEF)).startswith("Deleted: 1 thing that you said of items, and your name")
    [(label, _)] = await room.store.feedback.labels("discord:club", history=True)
    assert label.by == "discord:2"
    assert [one.by for one in (await room.channel()).subscriptions] == [""]
    assert (await room.press("forget:me", ELSEWHERE)).startswith("Deleted: 0 things")


async def test_a_channel_is_forgotten_by_those_who_manage_it_once_they_confirm_it(room: Room) -> None:
    await room.ask("subscribe", topic="faces")
    assert is_refusal(await room.ask("forget", MEMBER, what="channel"))
    assert is_refusal(await room.press("forget:channel", MEMBER))
    assert "[forget:channel]\n[cancel]" in await room.ask("forget", what="Channel")
    assert len(await room.store.subscribers.all()) == 1
    assert (await room.press("forget:channel")).startswith("Deleted.")
    assert await room.store.subscribers.all() == []
    [last] = await room.store.reports.outbox(room.time())
    goodbye = await room.store.reports.delivery(last.key)
    assert goodbye is not None
    assert "told nothing more" in goodbye.text
    assert "This channel follows nothing" in await room.ask("status")


# -- what is offered ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "parameter", "typed", "first"),
    [
        ("latest", "topic", "", "faces"),
        ("latest", "topic", "bord", "borders"),
        ("subscribe", "topic", "everyt", "everything"),
        ("search", "source", "senat", "senate"),
        ("search", "source", "congres", "congress"),
        ("subscribe", "sources", "congress cour", "congress courier"),
        ("subscribe", "schedule", "week mon", "weekly monday 08:00"),
        ("settings timezone", "zone", "", "America/New_York"),
        ("settings timezone", "zone", "nw york", "America/New_York"),
        ("settings timezone", "zone", "berlin", "Europe/Berlin"),
        ("settings quiet", "hours", "22", "22:00-07:00"),
        ("help", "command", "subscr", "subscribe"),
        ("search", "member", "lujan", "Sen. Luján"),
        ("why", "id", "sample a", "id-of-a"),
        ("story", "id", "", "id-of-a"),
        ("unsubscribe", "number", "face", "1"),
    ],
)
async def test_what_is_likely_meant_is_offered(
    room: Room, command: str, parameter: str, typed: str, first: str
) -> None:
    await room.news("a", source="Sen. Luján", category="congress")
    await room.ask("subscribe", topic="faces")
    offered = await room.offered(command, parameter, typed)
    assert offered[0] == first
    assert len(offered) <= 25


@pytest.mark.parametrize("typed", ["zzzzqqq", "😀", "\ud800", "%" * 100])
async def test_nothing_is_offered_where_nothing_is_like_it(room: Room, typed: str) -> None:
    assert await room.offered("settings timezone", "zone", typed) == []


@pytest.mark.parametrize(
    ("command", "parameter"),
    [("search", "query"), ("search", "since"), ("xyzzy", "zone"), ("search", "xyzzy"), ("", "")],
)
async def test_nothing_is_offered_for_free_words_or_what_there_is_not(room: Room, command: str, parameter: str) -> None:
    await room.news("a")
    assert await room.offered(command, parameter, "sample") == []


# -- what goes wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id_", ["", "explode", "explode:1", "yes:only", "yes:a:b:c", "card:1", "page", "@mark.0"])
async def test_a_button_of_another_version_is_refused(room: Room, id_: str) -> None:
    answer = await room.press(id_)
    assert answer.startswith("This button is from another version of Lookout")
    assert is_refusal(answer)


async def test_a_command_that_there_is_not_is_refused_with_the_nearest(room: Room) -> None:
    assert (await room.ask("serch", query="x")).startswith("No command 'serch'; did you mean 'search'? (")
    assert is_refusal(said(await room.desk.refuse("no command 'x'", CHIEF)))


async def test_a_refusal_quotes_what_was_typed_as_it_was_typed(room: Room) -> None:
    assert (await room.ask("why", id="https://x.example/a..b?.c")).startswith("No item 'https://x.example/a..b?.c';")


async def test_a_refusal_carries_an_id_that_is_in_the_log(room: Room) -> None:
    with capture_logs() as logs:
        answer = await room.ask("latest", topic="crops")
    [entry] = [one for one in logs if one["event"] == "refused"]
    assert answer.endswith(f" (reference {entry['id']})")
    assert (entry["command"], entry["community"]) == ("latest", "discord:club")
    assert "crops" in entry["why"]


async def test_nothing_that_is_typed_is_a_surprise_or_more_than_a_chat_can_show(room: Room) -> None:
    await room.news("a", "b", title="@everyone <!channel> **x** " + "word " * 90)
    await room.ask("subscribe", topic="faces")
    fine = {"query": "faces", "id": "id-of-a", "topic": "faces", "schedule": "off", "zone": "UTC", "hours": "off"}
    asked = [
        Asked(command=command.name, options=fine | {"format": "full", one.name: typed}, by=CHIEF)
        for command in COMMANDS
        for one in command.parameters
        for typed in TYPED
    ]
    troubles = [(one.command, *one.options.items(), trouble(await room.desk.answer(one))) for one in asked]
    assert [found for found in troubles if found[-1]] == []


def trouble(answer: Reply) -> list[object]:
    """What is wrong with an answer, in words or as the chats would take it."""
    in_discord, in_slack = discord.reply(answer), slack.reply(answer)
    reading, whole = Reading(in_slack["blocks"]), json.dumps([in_discord, in_slack], ensure_ascii=False)
    surprises = re.findall("Something went wrong|[\ud800-\udfff]", whole)
    return [*surprises, *message_breaches(in_discord), *reading.wrong, *reading.unsafe, *unsafe(in_slack["text"])]


async def test_a_surprise_is_said_plainly_and_logged_whole(room: Room) -> None:
    broken = a_desk(room.store, room.time, watchlist=lambda: 1 / 0)
    with capture_logs() as logs:
        answer = said(await broken.answer(Asked(command="latest", options={}, by=CHIEF)))
        pressed = said(await broken.pressed("feeds", "", CHIEF))
    entries = [one for one in logs if one["event"] == "an answer failed"]
    says = [f"Something went wrong here. The log has it as {one['id']}." for one in entries]
    assert says == [answer, pressed]
    assert all(one["log_level"] == "error" and one["exc_info"] for one in entries)
