"""The operators' part: who gets in, what they can do, and that all of it is written down."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot import commands, composing
from bot.records import LOCAL, Item, Subscriber, Subscription
from tests.newsroom import START, told
from tests.sites import PASSWORD, House, filled, served


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with served(tmp_path) as made:
        yield made


async def entered(house: House, name: str = "ann", password: str = PASSWORD) -> httpx.Response:
    return await house.post("/operate/enter", name=name, password=password)


async def form_of(house: House, address: str) -> str:
    """The mark that forms on this page bring along."""
    found = re.search(r'name="form" value="([0-9a-f]{64})"', (await house.get(address)).text)
    assert found is not None
    return found[1]


async def does(house: House, page: str, **fields: object) -> httpx.Response:
    return await house.post(page, form=await form_of(house, page), **fields)


async def log(house: House) -> list[tuple[str, str]]:
    return [(one.by, one.did) for one in await house.parts.store.operations.latest(20)]


async def test_only_who_knows_the_password_gets_in_and_out_is_out(house: House) -> None:
    for name, password in (("ann", "open sesam"), ("bob", PASSWORD), ("", ""), ("ann", "")):
        assert (await entered(house, name, password)).status_code == 403
        assert (await house.get("/operate")).headers["Location"] == "/operate/enter"
    answer = await entered(house)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/operate")
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/operate"))
    assert "Logged in as ann." in (await house.get("/operate")).text
    await house.post("/operate/leave", form=await form_of(house, "/operate"))
    assert (await house.get("/operate")).status_code == 303


async def test_a_copy_of_the_cookie_is_out_too(house: House) -> None:
    await entered(house)
    copied = dict(house.client.cookies)
    await house.post("/operate/leave", form=await form_of(house, "/operate"))
    async with httpx.AsyncClient(base_url=house.url, cookies=copied) as other:
        assert (await other.get("/operate")).status_code == 303


async def test_wrong_passwords_keep_out_who_types_them_and_nobody_else(house: House) -> None:
    for _ in range(10):
        assert (await entered(house, password="wrong")).status_code == 403
    assert (await entered(house)).status_code == 429
    other = {"X-Forwarded-For": "192.0.2.7"}
    answer = await house.client.post("/operate/enter", data={"name": "ann", "password": PASSWORD}, headers=other)
    assert answer.status_code == 303


async def test_who_left_does_not_stand_in_the_log_by_their_address(house: House) -> None:
    id_ = commands.reader_id(house.links, "Bob@example.org")
    reader = Subscriber(id=id_, medium="email", address="bob@example.org", zone="UTC", handle="h4ndle")
    await house.parts.store.subscribers.follow(reader, Subscription(id=""), START)
    await entered(house)
    assert "bob@example.org" in (await house.get("/operate/subscribers")).text
    await does(house, "/operate/subscribers", do="pause", subscriber=reader.id)
    await does(house, "/operate/subscribers", do="forget", subscriber=reader.id)
    assert [did for _, did in await log(house)][:2] == ["forgot a subscriber of email", f"paused {id_}"]
    assert "bob" not in (await house.get("/operate")).text


async def test_a_session_ends_after_twelve_hours(house: House) -> None:
    await entered(house)
    house.time.passes(hours=11, minutes=59)
    assert (await house.get("/operate")).status_code == 200
    house.time.passes(minutes=2)
    assert (await house.get("/operate")).status_code == 303


async def test_a_source_is_switched_off_and_on(house: House) -> None:
    await entered(house)
    answer = await does(house, "/operate/feeds", feed="courier", to="off")
    assert answer.headers["Location"] == "/operate/feeds"
    assert (await house.parts.store.states())["courier"].off == house.time.now
    assert "switched off by an operator" in (await house.get("/feeds")).text
    await does(house, "/operate/feeds", feed="courier", to="on")
    assert (await house.parts.store.states())["courier"].off is None
    assert await log(house) == [
        ("ann", "switched courier on"),
        ("ann", "switched courier off"),
        ("ann", "logged in"),
    ]
    assert (await does(house, "/operate/feeds", feed="nowhere", to="off")).status_code == 400
    assert len(await log(house)) == 3


async def test_a_label_counts_on_the_site_and_is_taken_back(house: House) -> None:
    letter, *_ = await filled(house)
    await entered(house)
    page = f"/operate/item/{letter.id}"
    await does(house, page, topic="faces", verdict="not relevant")
    assert "people say: not relevant" in (await house.get(f"/item/{letter.id}")).text
    assert "Muster leads letter" not in (await house.get("/")).text
    await does(house, page, topic="faces", verdict="undo", of="ann")
    assert "Muster leads letter" in (await house.get("/")).text
    assert [did for _, did in await log(house)][:2] == [
        f"took back the label of ann on {letter.id} for faces",
        f"labelled {letter.id} not relevant for faces",
    ]
    assert (await does(house, page, topic="faces", verdict="nonsense")).status_code == 400
    assert (await does(house, page, topic="gardens", verdict="relevant")).status_code == 400


async def test_stories_are_merged_split_and_an_edit_taken_back(house: House) -> None:
    letter, report, _ = await filled(house)
    await entered(house)
    stories = house.parts.store.stories
    one = await stories.named(letter.id)
    assert one is not None
    await does(house, f"/operate/story/{one.id}", do="merge", **{"with": report.id})
    merged = await stories.named(letter.id)
    assert merged is not None
    assert {m.item.id for m in merged.items} == {letter.id, report.id}
    answer = await does(house, f"/operate/story/{merged.id}", do="split", item=report.id)
    apart = await stories.named(report.id)
    assert apart is not None
    assert answer.headers["Location"] == f"/operate/story/{apart.id}"
    number = apart.edits[-1].number
    await does(house, f"/operate/story/{apart.id}", do="undo", edit=str(number))
    again = await stories.named(report.id)
    assert again is not None
    assert len(again.items) == 2
    assert "ann" not in re.sub(r"<(header|footer).*?</\1>", "", (await house.get(f"/story/{letter.id}")).text)
    for wrong in ({"do": "merge", "with": "nothing"}, {"do": "split"}, {"do": "undo", "edit": "x"}, {"do": "dance"}):
        assert (await does(house, f"/operate/story/{again.id}", **wrong)).status_code == 400, wrong


async def follows(house: House, folder: Path) -> Subscriber:
    """A channel that is told every minute, in a folder."""
    reader = Subscriber(id="folder:news", medium="folder", address=str(folder), zone="UTC", community=LOCAL)
    await house.parts.store.subscribers.follow(reader, Subscription(id=""), START)
    return reader


async def test_a_subscriber_is_paused_told_again_and_forgotten(house: House, tmp_path: Path) -> None:
    reader = await follows(house, tmp_path)
    await entered(house)
    await does(house, "/operate/subscribers", do="pause", subscriber=reader.id)
    paused = await house.parts.store.subscribers.named(reader.id)
    assert paused is not None
    assert paused.paused
    await does(house, "/operate/subscribers", do="resume", subscriber=reader.id)
    house.time.passes(minutes=5)
    await filled(house)
    await house.tell()
    [sent] = await house.parts.store.reports.last(reader.id, 5)
    assert "Muster leads letter" in sent.text
    await house.tell()
    assert len(await house.parts.store.reports.last(reader.id, 5)) == 1
    await does(house, "/operate/subscribers", do="again", subscriber=reader.id, key=sent.key)
    house.time.passes(minutes=1)
    await house.tell()
    again = (await house.parts.store.reports.last(reader.id, 1))[0]
    assert "Muster leads letter" in again.text
    assert again.key != sent.key
    await does(house, "/operate/subscribers", do="forget", subscriber=reader.id)
    assert await house.parts.store.subscribers.named(reader.id) is None
    assert (await log(house))[0] == ("ann", "forgot a subscriber of folder")


async def test_what_was_merged_since_is_told_again_as_one_story(house: House, tmp_path: Path) -> None:
    reader, reports = await follows(house, tmp_path), house.parts.store.reports
    news = list[Item]()
    for title, text in (("One on faces", "About faces."), ("Two at borders", "Of something else.")):
        house.time.passes(minutes=5)
        link = f"{house.press.url}/courier/{len(news)}"
        news += await house.publish(told(title, link=link, text=text, at=house.time.now))
        await house.tell()
    first = (await reports.last(reader.id, 5))[1]
    await commands.merge(house.parts.store, [one.id for one in news], by="ann", now=house.time.now)
    assert await reports.tell_again(first.key)
    house.time.passes(minutes=5)
    await house.tell()
    again = (await reports.last(reader.id, 1))[0].text
    assert "One on faces" in again
    assert "1 story" in again
    house.time.passes(minutes=5)
    await house.tell()
    assert "Nothing new" in (await reports.last(reader.id, 1))[0].text


async def test_what_is_asked_for_again_while_the_next_digest_is_composed_is_told(house: House, tmp_path: Path) -> None:
    reader, store, outputs = await follows(house, tmp_path), house.parts.store, house.parts.outputs
    house.time.passes(minutes=5)
    await filled(house)
    await house.tell()
    [sent] = await store.reports.last(reader.id, 5)
    house.time.passes(days=9)
    link = f"{house.press.url}/courier/more"
    await house.publish(told("More on faces", link=link, text="Of faces.", at=house.time.now))
    composed = [
        composing.composed(telling, "f" * 20, outputs["folder"].parts(telling.digest, telling.reader, ""), "")
        async for telling in composing.tellings(
            store, house.parts.watchlist, await store.subscribers.all(), house.time.now
        )
    ]
    assert await store.reports.tell_again(sent.key)
    await store.reports.compose(composed)
    house.time.passes(minutes=5)
    await house.tell()
    again, *_ = await store.reports.last(reader.id, 5)
    assert "Muster leads letter" in again.text
    assert "More on faces" in again.text


async def test_a_webhook_is_added_and_its_secret_shown(house: House) -> None:
    await entered(house)
    answer = await does(
        house, "/operate/subscribers", do="add", address="http://127.0.0.1:9/hook", topics="faces", schedule="hourly"
    )
    assert answer.status_code == 303
    [one] = await house.parts.store.subscribers.all()
    assert (one.medium, one.place, one.schedule.every) == ("webhook", "direct", "hourly")
    assert one.subscriptions[0].topics == ("faces",)
    assert "whsec_of_" in (await house.get("/operate/subscribers")).text
    again = await does(house, "/operate/subscribers", do="add", address="http://127.0.0.1:9/hook", schedule="hourly")
    assert again.status_code == 400
    for wrong in ("ftp://example.org/", "https://user:pw@example.org/", "javascript:alert(1)", ""):
        answer = await does(house, "/operate/subscribers", do="add", address=wrong, schedule="hourly")
        assert answer.status_code == 400, wrong


async def test_where_nobody_operates_there_is_no_such_part(tmp_path: Path) -> None:
    async with served(tmp_path, operators={}) as house:
        for address in ("/operate", "/operate/enter", "/operate/feeds"):
            assert (await house.get(address)).status_code == 404, address
        assert "/operate" not in (await house.get("/")).text
