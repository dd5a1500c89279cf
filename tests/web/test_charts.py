"""Charts: the figures drawn are the figures counted."""

from collections import Counter
from datetime import UTC, datetime

from bot.records import Category
from bot.web import charts, showing
from bot.web.showing import Piece, Span

MONDAY = datetime(2026, 4, 6, tzinfo=UTC)


def test_bars_stand_on_each_other_and_the_highest_fills_the_drawing() -> None:
    first: Counter[Category] = Counter({"congress": 1, "news": 3})
    third: Counter[Category] = Counter({"news": 2})
    drawn = charts.chart([first, Counter(), third], MONDAY)
    assert (drawn.most, drawn.shown) == (4, ("congress", "news"))
    heights = {(block.x, block.category): (block.y, block.height) for block in drawn.blocks}
    assert heights == {
        (0, "congress"): (120, 40),
        (0, "news"): (0, 120),
        (52, "news"): (80, 80),
    }


def test_nothing_counted_is_nothing_drawn() -> None:
    drawn = charts.chart([Counter()], MONDAY)
    assert (drawn.most, drawn.blocks, drawn.shown) == (0, (), ())


def test_polls_are_marks_the_latest_on_the_right() -> None:
    good, bad = charts.polls("." * 29 + "x")
    assert good.count("M") == 29
    assert bad == "M116 0h3v16h-3z"
    assert charts.polls(".") == ("M116 4h3v12h-3z", "")


def test_pieces_put_together_are_the_text_whatever_overlaps() -> None:
    text = "First sentence. Second one.\n\nAnother paragraph.\n\n\n\nLast."
    spans = [Span(start=6, end=20, mark="a"), Span(start=16, end=40, mark="b"), Span(start=16, end=40, mark="b")]
    paragraphs = showing.marked(text, spans)
    assert ["".join(piece.text for piece in some) for some in paragraphs] == [p for p in text.split("\n\n") if p]
    assert paragraphs[0] == [
        Piece(text="First "),
        Piece(text="sentence. ", marks=("a",)),
        Piece(text="Seco", marks=("a", "b")),
        Piece(text="nd one.", marks=("b",)),
    ]
    assert showing.marked("", []) == []
