"""The letter that a release tells of is found among its links, and a site's forms and policies are not taken for it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.items import linked
from bot.items.linked import MOST
from bot.records import Document, Entry, Feed
from tests.items.conftest import NOW

Make = Callable[..., Entry]
Links = Callable[..., list[str]]
RELEASE = "https://www.muster.senate.example.gov/news/letter"


@pytest.fixture
def found(entry: Make, feed: Feed) -> Links:
    def make(body: str, options: Mapping[str, Any] = {}) -> list[str]:
        page = Document(url=RELEASE, body=f"<!doctype html><body>{body}".encode(), fetched=NOW)
        to = Feed(**{name: getattr(feed, name) for name in feed.__dataclass_fields__} | {"options": options})
        return [link.url.removeprefix("https://www.muster.senate.example.gov") for link in linked(entry(), to, page)]

    return make


@pytest.mark.parametrize(
    "href",
    [
        "/imo/media/doc/letter_to_ice.pdf",
        "/imo/media/doc/USCP%20Facial%20Recognition.PDF",
        "/imo/media/doc/letter_to_icepdf.pdf.pdf",
        "/imo/media/doc/letter without an ending",
        "/sites/evo-subsites/muster.house.example.gov/files/evo-media-document/letter.pdf",
        "/wp-content/uploads/2026/04/Letter-to-DHS.pdf?ver=2",
        "/download?file=letter.pdf&id=3",
    ],
)
def test_a_letter_is_known_by_its_address(found: Links, href: str) -> None:
    body = f'<article><p>The full text of the letter can be found <a href="{href}">here</a>.</p></article>'
    assert found(body) == [href]


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("/a\x1b]0;x\x07.pdf", "/a%1B]0;x%07.pdf"),
        ("/\u202efdp.pdf", "/%E2%80%AEfdp.pdf"),
        ("/c\u2028d\u200b.pdf", "/c%E2%80%A8d%E2%80%8B.pdf"),
    ],
)
def test_no_letter_s_address_holds_what_a_terminal_obeys(found: Links, href: str, address: str) -> None:
    assert found(f'<meta charset="utf-8"><p><a href="{href}">Text of the letter</a></p>') == [address]


@pytest.mark.parametrize(
    ("body", "sure"),
    [
        ('<a href="/serve/17">Text of Letter (PDF)</a>', [False]),
        ('The letter (PDF) is <a href="/serve/17">here</a>.', [False]),
        ('<a href="/serve/17">An earlier letter</a>', []),
        ('<a href="/serve/17">Photographs (PDF)</a>', []),
    ],
)
def test_a_link_that_only_promises_a_letter_is_tried(entry: Make, feed: Feed, body: str, sure: list[bool]) -> None:
    page = Document(url=RELEASE, body=f"<article><p>{body}</p></article>".encode(), fetched=NOW)
    assert [link.sure for link in linked(entry(), feed, page)] == sure


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("here", "Letter to ICE.pdf"),
        ("here (PDF)", "Letter to ICE.pdf"),
        ("Click here.", "Letter to ICE.pdf"),
        ("Read the letter", "Read the letter"),
        ("PDF", "Letter to ICE.pdf"),
        ("", "Letter to ICE.pdf"),
        ("Letter on Mobile Fortify (PDF)", "Letter on Mobile Fortify (PDF)"),
        ("here is the letter to ICE", "here is the letter to ICE"),
    ],
)
def test_a_letter_is_named_by_what_its_link_says_or_by_its_file_where_that_says_nothing(
    entry: Make, feed: Feed, words: str, name: str
) -> None:
    body = f'<article><p><a href="/doc/Letter%20to%20ICE.pdf">{words}</a></p></article>'
    page = Document(url=RELEASE, body=body.encode(), fetched=NOW)
    assert [link.name for link in linked(entry(), feed, page)] == [name]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/files/privacy-policy.pdf">Privacy</a>',
        '<a href="/files/form7.pdf">Privacy Act Release Form</a>',
        '<a href="/files/casework_authorization.pdf">Get help</a>',
        '<a href="/files/consent%20form.pdf">Spanish</a>',
        '<a href="mailto:a@example.gov?file=letter.pdf">Letter</a>',
        '<a href="http://[half/letter.pdf">Letter</a>',
    ],
)
def test_forms_and_policies_are_no_letters(found: Links, link: str) -> None:
    assert found(f"<article><p>{link}</p></article>") == []


def test_only_what_stands_in_the_release_counts(found: Links) -> None:
    around = "".join(
        f'<{tag}><a href="/{tag}.pdf">x</a></{tag}>' for tag in ("nav", "header", "footer", "aside", "form")
    )
    aside = '<div role="navigation"><a href="/role.pdf">x</a></div>'
    assert found(f'{around}{aside}<div><p><a href="/letter.pdf">Letter</a></p></div>') == ["/letter.pdf"]
    assert found('<main><a href="/a.pdf">a</a></main><div><a href="/b.pdf">b</a></div>') == ["/a.pdf"]
    teasers = '<article><a href="/other.pdf">o</a></article><article>Much said. <a href="/own.pdf">o</a></article>'
    assert found(teasers) == ["/own.pdf"]
    chosen = '<main><a href="/menu.pdf">m</a><div class="body"><a href="/own.pdf">o</a></div></main>'
    assert found(chosen, {"article": {"body": ".body"}}) == ["/own.pdf"]


def test_letters_come_first_each_once_and_no_more_than_the_most(found: Links) -> None:
    exhibits = "".join(f'<a href="/exhibit{n}.pdf">Exhibit {n}</a>' for n in range(MOST))
    links = f'{exhibits}<a href="/last.pdf">The letter</a><a href="/last.pdf#page=2">Its end</a>'
    assert found(f"<article>{links}</article>") == ["/last.pdf", *(f"/exhibit{n}.pdf" for n in range(MOST - 1))]


def test_an_entry_that_is_a_pdf_has_itself(entry: Make, feed: Feed) -> None:
    [link] = linked(entry(title="Privacy Impact Assessment", url="https://www.dhs.example.gov/privacy-pia-1.pdf"), feed)
    assert (link.url, link.name, link.sure) == (
        "https://www.dhs.example.gov/privacy-pia-1.pdf",
        "Privacy Impact Assessment",
        True,
    )


def test_a_feed_of_whole_texts_links_letters_itself(entry: Make, feed: Feed) -> None:
    content = '<p>Read <a href="/letter.pdf">the letter</a>.</p>'
    assert [link.name for link in linked(entry(content=content, full=True), feed)] == ["the letter"]
    assert linked(entry(content=content), feed) == ()


def test_a_page_of_a_million_links_is_not_walked_to_its_end(found: Links) -> None:
    assert found("<article>" + '<a href="/x">a letter</a> pdf ' * 100_000 + "</article>") == ["/x"]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/imo/media/doc/meta.pdf">Letter to Meta on its privacy policy</a>',
        '<a href="/imo/media/doc/letter_to_clearview_on_its_terms_of_use.pdf">here</a>',
        '<a href="/imo/media/doc/dhs.pdf">Letters on the Privacy Act release of biometric records</a>',
    ],
)
def test_a_letter_about_a_policy_is_a_letter(found: Links, link: str) -> None:
    assert len(found(f"<article><p>{link}</p></article>")) == 1


def test_a_newsletter_is_none(found: Links) -> None:
    assert found('<article><p><a href="/files/newsletter_may.pdf">Newsletter</a></p></article>') == []
