"""Lists of documents: what is on them, by which name each is known, and what is no list."""

from collections.abc import Callable
from typing import Any

import pytest

from bot import feeds, items
from bot.errors import ReadError
from bot.feeds.document_list import MOST_ENTRIES
from bot.records import Document, Entry, Feed

Make = Callable[..., Feed]
Sample = Callable[..., Document]


def page(*links: tuple[str, str]) -> bytes:
    rows = "".join(f'<li><a href="{href}">{said}</a></li>' for href, said in links)
    return f"<!doctype html><html><head><title>Privacy Documents</title></head><body>{rows}</body></html>".encode()


@pytest.fixture
def listed(feed: Make, sample: Sample) -> list[Entry]:
    return list(feeds.read(feed("document_list", list="main"), sample("document_list.html")).entries)


def test_each_document_stands_once_under_its_own_words_or_its_heading(listed: list[Entry]) -> None:
    assert [entry.title for entry in listed] == [
        "Face Comparison at Sample Offices (July 2026)",
        "SAMPLE/PIA-013 Iris Scans in Sample Custody",
        "Mail Covers (March 2026)",
    ]
    assert listed[0].url == "https://www.example.gov/sites/default/files/2026-07/privacy-pia-sample012-july2026.pdf"
    assert "SAMPLE/PIA-012" in listed[0].content


def test_no_document_is_dated_by_its_name_for_it_may_be_put_up_months_later(listed: list[Entry]) -> None:
    assert {entry.published for entry in listed} == {None}


def test_another_version_of_a_file_has_the_same_name_but_other_words(feed: Make, document: Sample) -> None:
    def told(address: str) -> Entry:
        return feeds.read(feed("document_list"), document(page((address, "Sample PIA")))).entries[0]

    first = told("/files/2026-03/pia-sample.pdf")
    again = [told("/files/2026-07/PIA-sample_0.pdf"), told("/files/2026-03/pia-sample_12.pdf?v=2")]
    assert {entry.guid for entry in (first, *again)} == {"pia-sample"}
    assert len({entry.content for entry in (first, *again)}) == 3


def test_a_document_issued_anew_under_its_old_title_is_another(feed: Make, document: Sample) -> None:
    def keys(address: str) -> set[str]:
        one = feed("document_list")
        entries = feeds.read(
            one, document(page((address, "Electronic travel documents for the sample system")))
        ).entries
        return set(items.identities(entries, one)[0])

    assert not keys("/files/pia-travel-february2014.pdf") & keys("/files/pia-travel-july2026.pdf")


def test_two_documents_whose_files_are_called_alike_stay_two(feed: Make, document: Sample) -> None:
    one = feed("document_list")
    entries = feeds.read(
        one, document(page(("/a/appendix.pdf", "Appendix of one"), ("/b/appendix.pdf", "Other")))
    ).entries
    mine, other = items.identities(entries, one)
    assert not set(mine) & set(other)


def test_a_list_of_notices_is_read_by_the_links_it_is_told(feed: Make, sample: Sample) -> None:
    sorns = feed("document_list", list="main", link="a[href*='federalregister.gov/']")
    [entry] = feeds.read(sorns, sample("document_list.html")).entries
    assert entry.title == "SAMPLE-007"


def test_of_an_item_only_its_first_document_is_read(feed: Make, sample: Sample) -> None:
    reading = feeds.read(feed("document_list", list="main", item="p"), sample("document_list.html"))
    assert len(reading.entries) == 3


@pytest.mark.parametrize("body", [b"", b"{}", b"%PDF-1.7", b"plain words"])
def test_what_is_no_page_is_not_a_feed(feed: Make, document: Sample, body: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        feeds.read(feed("document_list"), document(body))
    assert caught.value.reason == "not a feed"


def test_another_page_in_its_place_is_not_a_feed(feed: Make, document: Sample) -> None:
    with pytest.raises(ReadError, match='"Privacy Documents", not one with "Customs"') as caught:
        feeds.read(feed("document_list", title_must_contain="Customs"), document(page(("/a.pdf", "A"))))
    assert caught.value.reason == "not a feed"


@pytest.mark.parametrize("options", [{}, {"list": ".gone"}, {"item": ".gone"}, {"link": ".gone"}])
def test_a_page_without_documents_has_changed_its_layout(feed: Make, document: Sample, options: dict[str, Any]) -> None:
    with pytest.raises(ReadError, match="no documents on a page of 1 links") as caught:
        feeds.read(feed("document_list", **options), document(page(("/about", "About"))))
    assert caught.value.reason == "layout changed"


def test_no_list_is_read_without_end(feed: Make, document: Sample) -> None:
    endless = page(*((f"/{n}.pdf", f"Document {n}") for n in range(MOST_ENTRIES + 500)))
    assert len(feeds.read(feed("document_list"), document(endless)).entries) == MOST_ENTRIES


def test_a_title_without_end_is_cut(feed: Make, document: Sample) -> None:
    [entry] = feeds.read(feed("document_list"), document(page((f"/{'a' * 9000}.pdf", "pdf " * 100_000)))).entries
    assert len(entry.title) <= 600
    assert len(entry.content) < 700
