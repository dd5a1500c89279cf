"""PDFs of strangers give their text, or a named reason why not, and never more trouble than that."""

import pytest

from bot import papers
from bot.errors import ReadError
from bot.papers import reading
from bot.workers import Workers
from tests import pdfs

PAGES = (["Dear Director,", "We ask you to answer (in full)."], ["Sincerely,", "The Members"])


def text(body: bytes) -> str:
    return papers.whole(papers.read(body), {})[0]


def test_a_letter_is_read_page_by_page() -> None:
    paper = papers.read(pdfs.letter(*PAGES))
    assert (paper.pages, paper.scans, paper.reason) == (2, (), None)
    assert [said.split() for said in paper.texts] == [" ".join(page).split() for page in PAGES]


def test_a_letter_that_is_only_locked_against_changes_is_read() -> None:
    assert "answer (in full)" in text(pdfs.locked(*PAGES))


def test_a_letter_that_wants_a_password_says_so() -> None:
    assert papers.read(pdfs.locked(*PAGES, password="secret")).reason == "encrypted"


@pytest.mark.parametrize("body", [pdfs.letter(*PAGES)[:60], pdfs.letter(*PAGES)[:-250], b"%PDF-1.7\n" + bytes(10_000)])
def test_a_file_that_breaks_off_is_broken(body: bytes) -> None:
    assert papers.read(body).reason == "broken"


def test_a_letter_that_lost_its_end_is_read_as_far_as_it_goes() -> None:
    whole = pdfs.letter(*PAGES)
    assert "Dear Director" in text(whole[: whole.index(b"startxref")])


@pytest.mark.parametrize("body", [b"", b"<!doctype html><title>Not found</title>", b"PK\x03\x04", b"%pdf"])
def test_what_is_no_pdf_is_not_taken_for_one(body: bytes) -> None:
    assert papers.read(body).reason == "no PDF"


def test_pages_that_are_their_own_children_end() -> None:
    assert papers.read(pdfs.endless_tree()).reason == "broken"


def test_scripts_and_files_inside_are_not_looked_at() -> None:
    assert text(pdfs.with_script()).split() == ["Dear", "Director,", "this", "is", "all", "there", "is", "to", "read."]


def test_no_more_pages_are_read_than_the_most() -> None:
    paper = papers.read(pdfs.letter(*[["A page of many."]] * (reading.MOST_PAGES + 20)))
    assert (paper.pages, len(paper.texts)) == (reading.MOST_PAGES + 20, reading.MOST_PAGES)


def test_text_that_is_drawn_invisibly_over_a_scan_is_text() -> None:
    shown = b"BT 3 Tr /F 11 Tf 60 720 Td (What an earlier OCR left.) Tj ET"
    page = f"<< {pdfs.A_PAGE} /Resources << /Font << /F 3 0 R >> >> /Contents 5 0 R >>"
    assert text(pdfs.of_pages({4: page, 5: pdfs.stream(shown)})) == "What an earlier OCR left."


async def test_a_page_that_unpacks_to_gigabytes_ends_its_reader_and_nothing_else(workers: Workers) -> None:
    with pytest.raises(ReadError) as caught:
        await workers.run(papers.read, pdfs.bomb())
    assert caught.value.reason == "unreadable"
    assert (await workers.run(papers.read, pdfs.letter(*PAGES))).pages == 2


def test_a_picture_of_a_page_is_a_scan_and_an_empty_page_is_none() -> None:
    assert papers.read(pdfs.scan(*PAGES)).scans == (1, 2)
    assert papers.read(pdfs.letter([], ["Words."])).scans == ()
