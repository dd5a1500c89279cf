"""Mail from the form to the farewell, over a real mail server: nobody is told who did not confirm, all is forgotten."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import commands, composing
from bot.records import Schedule, Subscriber, Subscription
from bot.store.reports import Waiting
from tests.mail_server import MailServer, Message
from tests.sites import House, filled, served

ANN = "ann@example.org"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    with MailServer() as mail:
        async with served(tmp_path, mail=mail) as made:
            yield made
        assert mail.violations == []


async def asks(house: House, address: str = ANN, **said: str) -> None:
    fields = {"address": address, "topics": "faces", "every": "at once", "zone": "America/Chicago"} | said
    answer = await house.post("/subscribe", **fields)
    assert answer.status_code == 200, answer.text
    await house.tell()


def written(message: Message) -> str:
    """Its plain text."""
    body = message.parsed.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link(house: House, part: str, to: str = ANN) -> str:
    """The last link of this part of the site that was sent to this address."""
    found: list[str] = re.findall(rf"{house.url}/{part}/\S+", written(house.mailbox(to)[-1]))
    return found[-1]


async def joined(house: House, address: str = ANN, **said: str) -> None:
    await asks(house, address, **said)
    answer = await house.post(link(house, "confirm", address))
    assert answer.status_code == 200
    assert "You are subscribed" in answer.text


async def readers(house: House) -> list[str]:
    return [one.address for one in await house.parts.store.subscribers.all()]


async def test_whoever_confirms_is_told_and_the_mail_leads_to_settings_and_out(house: House) -> None:
    await joined(house)
    [reader] = await house.parts.store.subscribers.all()
    assert (reader.address, reader.zone, reader.consented) == (ANN, "America/Chicago", house.time.now)
    assert reader.subscriptions[0].topics == ("faces",)
    house.time.passes(minutes=5)
    await filled(house)
    await house.tell()
    mail = house.mailbox(ANN)[-1].parsed
    assert mail["Subject"].startswith("2 stories: Muster leads letter demanding answers on faces")
    assert "Answer asked for by Fri 24 Apr 2026" in written(house.mailbox(ANN)[-1])
    for part in ("digest", "settings", "unsubscribe"):
        assert (await house.get(link(house, part))).status_code == 200, part
    assert f"<{link(house, 'unsubscribe')}>" == mail["List-Unsubscribe"]


async def test_looking_at_a_link_changes_nothing(house: House) -> None:
    await asks(house)
    assert (await house.get(link(house, "confirm"))).status_code == 200
    assert await readers(house) == []
    await house.post(link(house, "confirm"))
    await asks(house)  # who is told already is sent their links
    assert (await house.get(link(house, "unsubscribe"))).status_code == 200
    assert await readers(house) == [ANN]


async def test_confirming_twice_is_confirming_once(house: House) -> None:
    await joined(house)
    assert (await house.post(link(house, "confirm"))).status_code == 200
    [reader] = await house.parts.store.subscribers.all()
    assert len(reader.subscriptions) == 1


async def test_the_button_pressed_twice_at_once_confirms_once(house: House) -> None:
    await asks(house)
    answers = await asyncio.gather(*[house.post(link(house, "confirm")) for _ in range(4)])
    assert [one.status_code for one in answers] == [200] * 4
    [reader] = await house.parts.store.subscribers.all()
    assert len(reader.subscriptions) == 1
    for one in answers:
        assert (await house.get(re.findall(r"/settings/[\w.-]+", one.text)[0])).status_code == 200


async def test_a_link_to_confirm_expires_and_a_changed_one_is_refused(house: House) -> None:
    await asks(house)
    confirm = link(house, "confirm")
    for changed in (confirm[:-1], confirm.replace("confirm/", "confirm/x"), confirm + "x", f"{house.url}/confirm/x"):
        answer = await house.post(changed)
        assert answer.status_code == 400, changed
        assert "This link is not whole" in answer.text
    house.time.passes(days=2, minutes=1)
    answer = await house.post(confirm)
    assert answer.status_code == 400
    assert "expired" in answer.text
    assert await readers(house) == []


async def test_an_address_that_nobody_confirmed_is_kept_nowhere(house: House) -> None:
    await asks(house, "bob@example.org")
    async with house.parts.store.engine.connect() as c:
        rows = [
            row
            for (name,) in await c.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
            for row in (await c.exec_driver_sql(f"SELECT * FROM {name}")).all()
        ]
    assert "bob@" not in str(rows)


async def test_settings_are_changed_by_the_link_and_what_was_followed_is_replaced(house: House) -> None:
    await joined(house)
    await asks(house)
    settings = link(house, "settings")
    shown = (await house.get(settings)).text
    assert ANN in shown
    assert re.search(r'value="faces" checked', shown)
    answer = await house.post(
        settings, topics="borders", sources="congress", every="weekly", day="friday", at="08:30", zone="Europe/Berlin"
    )
    assert "Saved. The next digest: Fri 17 Apr 2026, 08:30 CEST." in re.sub(r"<[^>]+>", "", answer.text)
    [reader] = await house.parts.store.subscribers.all()
    [one] = reader.subscriptions
    assert (one.topics, one.categories, reader.zone) == (("borders",), ("congress",), "Europe/Berlin")
    assert (reader.schedule.every, reader.schedule.day) == ("weekly", 4)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"topics": ""}, "Choose at least one topic"),
        ({"topics": "gardens"}, "No topic"),
        ({"zone": "Mars/Base"}, "No time zone"),
        ({"every": "daily", "at": "25:00"}, "no time of day"),
        ({"words": "x" * 401}, "Words may have 400 characters"),
        ({"sources": "nobody"}, "No source"),
    ],
)
async def test_what_cannot_be_followed_is_refused_and_nothing_is_sent(
    house: House, wrong: dict[str, str], says: str
) -> None:
    fields = {"address": ANN, "topics": "faces", "every": "daily", "at": "07:00", "zone": "UTC"} | wrong
    answer = await house.post("/subscribe", **fields)
    assert answer.status_code == 400
    assert says in answer.text
    await house.tell()
    assert house.mailbox(ANN) == []


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "@example.org", "ann@exa mple.org", "ann@example.org\r\nBcc: bob@example.org", "a@b@c.org",
     "änn@example.org", "ann@example.org, bob@example.org", '"<script>"@example.org', "ann@[127.0.0.1]"],
)  # fmt: skip
async def test_what_is_no_address_is_sent_nothing(house: House, address: str) -> None:
    answer = await house.post("/subscribe", address=address, topics="faces", every="daily", at="07:00", zone="UTC")
    assert answer.status_code == 400
    await house.tell()
    assert house.mail.messages == []


async def test_a_domain_in_other_letters_is_written_to_in_ascii(house: House) -> None:
    ascii_ = "ann@xn--bcher-kva.example.org"
    await asks(house, "ann@bücher.example.org")
    await house.post(link(house, "confirm", ascii_))
    assert await readers(house) == [ascii_]


async def test_single_sources_are_chosen_by_name(house: House) -> None:
    form = (await house.get("/subscribe")).text
    assert '<label for="f-courier">The Courier</label>' in form
    await asks(house, sources="courier")
    assert "will be told of: Faces from The Courier, at once" in re.sub(
        r"<[^>]+>", "", (await house.get(link(house, "confirm"))).text
    )
    await house.post(link(house, "confirm"))
    [reader] = await house.parts.store.subscribers.all()
    assert reader.subscriptions[0].feeds == ("courier",)
    settings = (await house.get(house.links.to_settle(reader.handle, house.time.now))).text
    assert 'value="courier" checked' in settings


async def test_without_a_link_settings_and_the_way_out_say_where_it_is(house: House) -> None:
    for address, title in (("/settings", "Your settings"), ("/unsubscribe", "Unsubscribe")):
        page = (await house.get(address)).text
        assert f"<h1>{title}</h1>" in page
        assert "stand at the end of every mail" in page


async def test_an_old_link_to_confirm_does_not_undo_settings(house: House) -> None:
    await joined(house)
    confirm = link(house, "confirm")
    [reader] = await house.parts.store.subscribers.all()
    await house.post(house.links.to_settle(reader.handle, house.time.now), topics="borders", every="hourly", zone="UTC")
    assert (await house.post(confirm)).status_code == 200
    [reader] = await house.parts.store.subscribers.all()
    assert (reader.subscriptions[0].topics, reader.schedule.every) == (("borders",), "hourly")


async def test_pages_behind_a_link_are_kept_in_no_cache(house: House) -> None:
    await joined(house)
    confirm = link(house, "confirm")
    [reader] = await house.parts.store.subscribers.all()
    settle, leave = house.links.to_settle(reader.handle, house.time.now), house.links.to_leave(reader.handle)
    for address in (confirm, settle, leave):
        assert (await house.get(address)).headers["Cache-Control"] == "no-store", address


async def test_one_click_leaves_and_forgets_and_a_second_does_no_harm(house: House) -> None:
    await joined(house)
    house.time.passes(minutes=5)
    await filled(house)
    await house.tell()
    leave = link(house, "unsubscribe")
    for _ in range(2):
        answer = await house.post(leave, **{"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    assert await readers(house) == []
    assert await house.parts.store.reports.last(commands.reader_id(house.links, ANN), 5) == []
    settings = await house.get(link(house, "settings"))
    assert settings.status_code == 400
    assert "you can subscribe again" in settings.text


async def test_nobody_can_fill_a_strangers_mailbox(house: House) -> None:
    for _ in range(3):
        await asks(house)
    answer = await house.post("/subscribe", address=ANN.upper(), topics="faces", every="daily", at="07:00", zone="UTC")
    assert answer.status_code == 429
    assert "Too many tries" in answer.text
    await house.tell()
    assert len(house.mail.messages) == 3


async def test_nor_many_strangers_from_one_place(house: House) -> None:
    answers = [
        await house.post(
            "/subscribe", address=f"p{n}@example.org", topics="faces", every="daily", at="07:00", zone="UTC"
        )
        for n in range(12)
    ]
    assert [one.status_code for one in answers] == [200] * 10 + [429] * 2


async def test_a_refused_address_is_written_off_and_comes_back_by_confirming_again(house: House) -> None:
    await joined(house)
    house.mail.fault("RCPT", "550 5.1.1 no such user", to=ANN)
    house.time.passes(minutes=5)
    await filled(house)
    await house.tell()
    [reader] = await house.parts.store.subscribers.all()
    assert reader.gone is not None
    assert len(house.mail.messages) == 1, "nothing is sent to somebody about their own dead mailbox"
    await joined(house)
    house.time.passes(minutes=5)
    await house.tell()
    assert "Muster leads letter" in str(house.mailbox(ANN)[-1].parsed["Subject"])


async def test_who_comes_back_has_confirmed_it_anew(house: House) -> None:
    await joined(house)
    [reader] = await house.parts.store.subscribers.all()
    await house.parts.store.subscribers.gone(reader.id, house.time.now, "550 no such user", [])
    house.time.passes(days=2)
    await joined(house, topics="borders", every="hourly")
    [back] = await house.parts.store.subscribers.all()
    assert (back.gone, back.consented, back.schedule.every) == (None, house.time.now, "hourly")
    assert back.subscriptions[0].topics == ("borders",)


async def test_who_is_gone_stays_so_where_what_they_now_wish_is_followed_no_more(house: House) -> None:
    await joined(house)
    [reader] = await house.parts.store.subscribers.all()
    await house.parts.store.subscribers.gone(reader.id, house.time.now, "550 no such user", [])
    wish = {"topics": "gardens", "sources": "", "words": "", "schedule": "daily", "zone": "UTC"}
    answer = await house.post(house.links.to_confirm({"address": ANN, **wish}, house.time.now))
    assert (answer.status_code, "No topic" in answer.text) == (400, True)
    [reader] = await house.parts.store.subscribers.all()
    assert reader.gone == house.time.now


async def test_links_of_who_is_told_are_sent_to_the_very_address_that_is_told(house: House) -> None:
    await joined(house, "Ann@example.org")
    await asks(house, ANN)
    assert house.mailbox(ANN) == []
    assert "You already are." in written(house.mailbox("Ann@example.org")[-1])


async def test_without_mail_the_page_names_the_feeds(tmp_path: Path) -> None:
    async with served(tmp_path) as house:
        page = (await house.get("/subscribe")).text
        assert "/topic/faces.atom" in page
        assert '<form class="set"' not in page


async def test_a_digest_that_is_refused_for_what_it_is_comes_in_one_plain_mail(house: House) -> None:
    await joined(house)
    house.time.passes(minutes=5)
    await filled(house)
    house.mail.fault("end", "554 5.6.0 We take no HTML")
    await house.tell()
    last = house.mailbox(ANN)[-1]
    assert last.parsed.get_content_type() == "text/plain"
    assert "Muster leads letter demanding answers" in written(last)
    assert f"<{link(house, 'unsubscribe')}>" == last.parsed["List-Unsubscribe"]


async def test_a_long_digest_in_plain_words_is_one_mail(house: House) -> None:
    await joined(house)
    house.time.passes(minutes=5)
    await filled(house)
    readers_, email = await house.parts.store.subscribers.all(), house.parts.outputs["email"]
    long = "".join(f"Line {n} of a sample.\n" for n in range(60_000))
    async for telling in composing.tellings(house.parts.store, house.parts.watchlist, readers_, house.time.now):
        parts = email.parts(telling.digest, telling.reader, "f" * 20)
        await house.parts.store.reports.compose([composing.composed(telling, "f" * 20, parts, long)])
    house.mail.fault("end", "554 5.6.0 We take no HTML")
    await house.tell()
    said = written(house.mailbox(ANN)[-1])
    assert "Line 0 of" in said
    assert "Line 59999 of" in said


async def test_a_refusal_of_us_loses_nothing(house: House) -> None:
    await joined(house)
    house.time.passes(minutes=5)
    await filled(house)
    house.mail.fault("end", "550 5.7.26 This mail is unauthenticated", times=3)
    for _ in range(4):
        await house.tell()
        house.time.passes(hours=2)
    assert [one for one in house.mailbox(ANN) if "Muster leads letter demanding answers" in written(one)]


async def test_while_the_server_is_away_mails_wait_untried(house: House) -> None:
    people = [f"reader-{n}@example.org" for n in range(5)]
    for address in people:
        await house.parts.store.subscribers.follow(
            Subscriber(
                id=commands.reader_id(house.links, address), medium="email", address=address, zone="UTC", handle=address
            ),
            Subscription(id="", schedule=Schedule(every="at once")),
            house.time.now,
        )
    house.time.passes(minutes=5)
    await filled(house)
    house.mail.fault("connect", "close", times=None)
    house.mail.fault("MAIL", "421 4.3.2 Going down")
    await house.tell()
    waiting = [await house.parts.store.reports.delivery(one.key) for one in await outbox(house, hours=1)]
    assert sorted(one.attempts for one in waiting if one is not None) == [
        0,
        0,
        0,
        1,
        1,
    ]  # the second found nobody there


async def outbox(house: House, hours: int) -> list[Waiting]:
    return await house.parts.store.reports.outbox(house.time.now + timedelta(hours=hours))


async def test_a_digest_that_is_refused_in_plain_words_too_is_news_to_the_next(house: House) -> None:
    await joined(house)
    house.time.passes(minutes=5)
    await filled(house)
    house.mail.fault("end", "554 5.6.0 Not these words", times=2)
    await house.tell()
    assert len(house.mailbox(ANN)) == 1, "the mail to confirm"
    house.time.passes(minutes=5)
    await house.tell()
    assert "Muster leads letter" in written(house.mailbox(ANN)[-1])


async def test_a_mailbox_that_is_said_not_to_be_there_after_the_mail_is_written_off(house: House) -> None:
    await joined(house)
    house.time.passes(minutes=5)
    await filled(house)
    house.mail.fault("end", "550 5.1.1 No such user")
    await house.tell()
    [reader] = await house.parts.store.subscribers.all()
    assert reader.gone is not None


async def test_an_old_link_to_leave_works_also_for_who_came_back(house: House) -> None:
    await joined(house)
    await asks(house)
    leave = link(house, "unsubscribe")
    await house.post(leave)
    await joined(house)
    assert await readers(house) == [ANN]
    await house.post(leave, **{"List-Unsubscribe": "One-Click"})
    assert await readers(house) == []


async def test_the_archive_keeps_a_digest_in_the_order_of_the_mail(house: House) -> None:
    await joined(house)
    house.time.passes(minutes=5)
    await filled(house)
    await house.tell()
    page = (await house.get(link(house, "digest"))).text
    assert page.index("LETTERS AND DEMANDS (1)") < page.index("FACES")
