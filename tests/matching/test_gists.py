"""What of an item its vector stands for."""

import pytest

from bot.matching import gist
from tests.written import item


@pytest.mark.parametrize(
    ("title", "text", "stands"),
    [
        ("Title", "", "Title"),
        ("Title", "One two.\n\nThree.", "Title\nOne two. Three."),
        ("", "Text", "Text"),
        ("Title", "w " * 400, "Title\n" + " ".join("w" * 150)),
    ],
)
def test_the_gist_is_the_title_and_how_the_text_begins(title: str, text: str, stands: str) -> None:
    assert gist(item("a", title=title, text=text)) == stands


def test_a_text_without_spaces_has_a_short_gist_too() -> None:
    assert len(gist(item("a", text="x" * 1_000_000))) < 10_000
