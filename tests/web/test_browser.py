"""The site in a real browser: what people do there, at every width, without a fault that axe finds.

Needs Debian's chromium, and axe-core from npm in node_modules/ beside pyproject.toml; README.md, "Try it", says how.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Locator, Page, Request, async_playwright

from tests.mail_server import MailServer
from tests.sites import PASSWORD, House, filled, served

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

CHROMIUM = shutil.which("chromium")

LACKS = " and ".join(
    name for name, there in (("chromium", CHROMIUM is not None), ("node_modules/axe-core", AXE.exists())) if not there
)

pytestmark = pytest.mark.skipif(
    bool(LACKS) and "CI" not in os.environ, reason=f"this machine lacks {LACKS}; see README.md, “Try it”"
)

ANN = "ann@example.org"

SEEN: tuple[tuple[int, Literal["dark", "light"]], ...] = ((320, "dark"), (1_000, "light"))
"""How wide a page is looked at, and in which colours."""


@dataclass
class Visit:
    """A browser at the site. `troubles`: what its console said, and what it could not load."""

    house: House
    browser: Browser
    troubles: list[str] = field(default_factory=list)

    async def page(self, width: int = 1_000, **said: Any) -> Page:
        context = await self.browser.new_context(
            viewport={"width": width, "height": 800}, base_url=self.house.url, **said
        )
        page = await context.new_page()
        page.on("console", lambda message: self.troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("requestfailed", self._failed)
        return page

    def _failed(self, request: Request) -> None:
        # Whoever goes on to the next page does not wait for the picture in the tab of this one.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"not loaded: {request.url}, {request.failure}")


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    with MailServer() as mail:
        async with served(tmp_path, mail=mail) as house, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            visit = Visit(house, browser)
            yield visit
            await browser.close()
            assert visit.troubles == []
        assert mail.violations == []


async def press(page: Page, on: Locator) -> None:
    """Press something that leads to another page."""
    async with page.expect_navigation():
        await on.click()


async def addresses(house: House) -> list[str]:
    """Every page that a reader or an operator can come to, by links and by mail."""
    confirm = link(house, "confirm")
    letter, report, _ = await filled(house)
    await house.tell()
    by_mail = [confirm, *(link(house, part) for part in ("digest", "settings", "unsubscribe"))]
    return [
        *("/", "/search", "/search?q=faces", "/search?q=faces&page=99", f"/story/{letter.id}", f"/item/{report.id}"),
        *("/topic/faces", "/subject/sample-app", "/member/Sen. Ann Muster", "/feeds", "/about", "/subscribe"),
        *("/settings", "/nowhere", "/operate/enter", "/operate", "/operate/feeds", "/operate/subscribers"),
        *(f"/operate/item/{letter.id}", f"/operate/story/{letter.id}", *by_mail),
    ]


async def joined(visit: Visit) -> None:
    page = await visit.page()
    await page.goto("/subscribe")
    await page.get_by_label("Mail address").fill(ANN)
    await page.get_by_label("All topics").uncheck()
    await page.get_by_label("Faces").check()
    await page.get_by_label("How often").select_option("at once")
    await press(page, page.get_by_role("button", name="Subscribe"))
    assert "A mail is on its way" in await page.get_by_role("status").inner_text()
    await visit.house.tell()
    await page.goto(link(visit.house, "confirm"))
    assert "ann@example.org will be told of: Faces, at once" in await page.locator("main").inner_text()
    await press(page, page.get_by_role("button", name="Yes, subscribe me"))
    assert "is told of what comes from now on" in await page.get_by_role("status").inner_text()


def link(house: House, part: str) -> str:
    body = house.mailbox(ANN)[-1].parsed.get_body(("plain",))
    assert body is not None
    found: list[str] = re.findall(rf"{house.url}/{part}/\S+", body.get_content())
    return found[-1]


async def entered(page: Page) -> None:
    await page.goto("/operate")
    await page.get_by_label("Name").fill("ann")
    await page.get_by_label("Password").fill(PASSWORD)
    await press(page, page.get_by_role("button", name="Log in"))
    assert "Logged in as ann." in await page.locator("main").inner_text()


async def test_somebody_searches_and_reads_on(visit: Visit) -> None:
    letter, *_ = await filled(visit.house)
    page = await visit.page()
    await page.goto("/")
    await page.get_by_label("Search everything recorded").fill("senator answers")
    await press(page, page.get_by_role("button", name="Search"))
    await press(page, page.get_by_role("link", name=letter.title))
    assert page.url.endswith(f"/item/{letter.id}")
    assert "faces" in await page.locator("mark").first.inner_text()
    await press(page, page.get_by_role("link", name="Its story"))
    assert "began the story" in await page.locator("main").inner_text()


async def test_somebody_subscribes_is_told_changes_the_settings_and_leaves(visit: Visit) -> None:
    house = visit.house
    await joined(visit)
    house.time.passes(minutes=5)
    await filled(house)
    await house.tell()
    page = await visit.page()
    await page.goto(link(house, "digest"))
    assert "Muster leads letter" in await page.locator("pre").inner_text()
    await page.goto(link(house, "settings"))
    assert await page.get_by_label("Faces").is_checked()
    await page.get_by_label("Borders").check()
    await page.get_by_label("How often").select_option("weekly")
    await press(page, page.get_by_role("button", name="Save"))
    assert "Saved." in await page.get_by_role("status").inner_text()
    [reader] = await house.parts.store.subscribers.all()
    assert (reader.subscriptions[0].topics, reader.schedule.every) == (("faces", "borders"), "weekly")
    await page.goto(link(house, "unsubscribe"))
    await press(page, page.get_by_role("button", name="Unsubscribe"))
    assert "Nothing more is sent" in await page.get_by_role("status").inner_text()
    assert await house.parts.store.subscribers.all() == []


async def test_an_operator_logs_in_switches_a_source_off_and_finds_it_in_the_log(visit: Visit) -> None:
    await filled(visit.house)
    page = await visit.page()
    await entered(page)
    await page.get_by_role("link", name="Sources").last.click()
    await press(page, page.get_by_role("button", name="Switch off: The Courier"))
    assert (await visit.house.parts.store.states())["courier"].off is not None
    await page.goto("/operate")
    assert "switched courier off" in await page.locator("table").inner_text()
    await press(page, page.get_by_role("button", name="Log out"))
    await page.goto("/operate")
    assert page.url.endswith("/operate/enter")


async def test_every_page_fits_320_pixels_and_has_no_accessibility_fault_in_light_and_dark(visit: Visit) -> None:
    await joined(visit)
    visit.house.time.passes(minutes=5)
    every = await addresses(visit.house)
    faults = []
    page = await visit.page(320)
    await entered(page)
    for address in every:
        await page.goto(address)
        await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        for width, scheme in SEEN:
            await page.set_viewport_size({"width": width, "height": 800})
            await page.emulate_media(color_scheme=scheme)
            over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            faults += [f"{address} is {over} px wider than {width}"] if over > 0 else []
            found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            faults += [
                f"{address} at {width}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]
            ]
    assert faults == []
    # That a page is not there is said by its status too, and chromium notes it in the console.
    visit.troubles = [one for one in visit.troubles if "the server responded with a status of 40" not in one]


async def test_the_pages_work_by_keyboard_alone(visit: Visit) -> None:
    await filled(visit.house)
    page = await visit.page()
    await page.goto("/")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/#content")
    await page.goto("/search")
    await page.get_by_role("searchbox").focus()
    await page.keyboard.type("faces")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert "q=faces" in page.url


async def test_a_mail_fits_320_pixels_and_is_readable_in_light_and_dark(visit: Visit, tmp_path: Path) -> None:
    await joined(visit)
    visit.house.time.passes(minutes=5)
    await filled(visit.house)
    await visit.house.tell()
    body = visit.house.mailbox(ANN)[-1].parsed.get_body(("html",))
    assert body is not None
    file = tmp_path / "mail.html"
    file.write_text(body.get_content(), encoding="utf-8")
    for scheme in ("light", "dark"):
        page = await visit.page(320, color_scheme=scheme)
        await page.goto(file.as_uri())
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa']})")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
