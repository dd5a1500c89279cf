"""Lines on pages become text that can be searched: words whole, paragraphs apart, headers once, nothing hidden."""

from itertools import pairwise

from bot.papers import Paper, whole
from bot.papers.reading import MOST_TEXT


def text(*pages: str) -> str:
    return whole(Paper(pages=len(pages), texts=pages), {})[0]


def test_words_that_were_divided_between_lines_are_whole() -> None:
    assert text("facial recog\ufffe\r\nnition at the bor\ufffeder") == "facial recognition at the border"
    assert whole(Paper(pages=1, texts=("",), scans=(1,)), {1: "recog-\nnition"})[0] == "recognition"


def test_letters_drawn_as_one_are_two() -> None:
    assert text("identi\ufb01cation of o\ufb03cers") == "identification of officers"


def test_lines_are_put_together_to_paragraphs() -> None:
    said = (
        "We write to you about the use of faces in\r\nthe streets.\r\nWe ask you to stop it before the end of\r\nMay."
    )
    assert text(said) == (
        "We write to you about the use of faces in the streets.\n\nWe ask you to stop it before the end of May."
    )


def test_a_header_is_said_once_and_page_numbers_never() -> None:
    pages = [f"Letter to the Director, page {n}\r\nPart {n} of the story\r\nPage {n} of 3" for n in (1, 2, 3)]
    assert text(*pages) == (
        "Letter to the Director, page 1 Part 1 of the story\n\nPart 2 of the story\n\nPart 3 of the story"
    )


def test_every_page_begins_where_it_is_said_to() -> None:
    pages = ("The first.", "", "The third.", "The fourth.")
    said, starts = whole(Paper(pages=4, texts=pages), {})
    parts = [said[start:end] for start, end in pairwise((*starts, len(said)))]
    assert [part.strip() for part in parts] == list(pages)


def test_what_hides_or_reorders_is_left_out() -> None:
    assert text("fa\u200bces \u202eno\u202c\x00 \x07more") == "faces no more"


def test_a_text_ends_at_the_most() -> None:
    said, starts = whole(Paper(pages=2, texts=("a" * (MOST_TEXT + 5), "b")), {})
    assert (len(said), starts) == (MOST_TEXT, (0, MOST_TEXT))


def test_a_hundred_pages_of_one_word_a_line_take_no_time() -> None:
    pages = ("x.\r\n" * 5_000,) * 100
    assert len(text(*pages)) <= MOST_TEXT
