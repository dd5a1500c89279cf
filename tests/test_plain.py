"""Text from outside, made plain."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plain import LONGEST_TEXT, LONGEST_TITLE, line, paragraphs, readable, soup


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("AT&amp;amp;T &amp; <b>c</b>ool", "AT&T & cool"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("two<br>lines\n\tfolded", "two lines folded"),
        ("a\u202etxt.exe\x00\ud800", "atxt.exe"),
        ("e\u0301", "é"),
    ],
)
def test_a_line_is_plain(markup: str, text: str) -> None:
    assert line(markup) == text


def test_paragraphs_are_separated_by_one_blank_line() -> None:
    html = "<h2>Head</h2><p>One <b>bold</b>\n\n\nword</p><ul><li>a<li>b</ul>after<br>a break<br><br>and a gap"
    assert paragraphs(html) == "Head\n\nOne bold word\n\na\n\nb\n\nafter a break\n\nand a gap"


def test_plain_text_keeps_its_paragraphs() -> None:
    assert paragraphs("one\ntwo\n\n \nthree &amp; four") == "one two\n\nthree & four"
    assert paragraphs("one\ntwo") == "one\n\ntwo"


def test_escaped_html_is_html() -> None:
    assert paragraphs("&lt;p&gt;one&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;") == "one\n\ntwo"


@pytest.mark.parametrize(
    "boilerplate",
    [
        "<script>var x</script>",
        "<nav>Home</nav>",
        "<p>###</p>",
        "<p># # #</p>",
        "<p>Share on Facebook</p>",
        "<p>Print | Email | Tweet</p>",
        '<p><a href="/x">Read more &raquo;</a></p>',
        "<p>Continue reading A Sample Story</p>",
        '<p>The post <a href="/x">A Sample Story</a> appeared first on <a href="/">Sample News</a>.</p>',
        '<div class="sharedaddy">Like this</div>',
    ],
)
def test_boilerplate_is_left_out(boilerplate: str) -> None:
    assert paragraphs(f"<p>What was said.</p>{boilerplate}") == "What was said."


def test_a_teaser_loses_its_tail() -> None:
    assert paragraphs("<p>What was said [&#8230;]</p>") == "What was said"
    assert paragraphs("<p>What was said&#8230; <a href='/x'>Read more</a></p>") == "What was said"


@pytest.mark.parametrize(
    "said", ["Share your story with the committee.", "Read the bill and the report.", "Print media matter."]
)
def test_what_only_looks_like_boilerplate_stays(said: str) -> None:
    assert paragraphs(f"<p>{said}</p>") == said


def test_a_megabyte_is_cut() -> None:
    assert len(line("x" * 1_000_000)) == LONGEST_TITLE
    assert len(paragraphs("<p>" + "x " * 1_000_000)) <= LONGEST_TEXT


@given(st.text() | st.text(alphabet="<>/pbr&;lt#x0 \n\u2028\u202e\ud800"))
def test_any_text_becomes_readable(text: str) -> None:
    for plain in (line(text), paragraphs(text)):
        assert all(c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"} for c in plain)
    assert "\n\n\n" not in paragraphs(text)
    assert "\n" not in line(text)


PIECES = (
    *("words of it", "<p>", "</p>", "<div>", "</div>", "<br>", "</br>", "<b>", "</b>", "<!--", "-->", "<rt>", "</rt>"),
    *(
        "<p hidden>",
        '<p class="a sharedaddy">',
        '<i aria-hidden="true">',
        "</i>",
        "<nav>",
        "</nav>",
        "<td>",
        "</table>",
    ),
    *(
        "<script>",
        "</script>",
        "<template>",
        "</body>",
        "<body>",
        "<html>",
        "<title>",
        "<textarea>",
        "<select>",
        "<o:p>",
    ),
    *("<![CDATA[", "]]>", "<?x ", "&lt;", "&amp", "&#x2029;", "\n \n", "<", ">", "é", "<li>", "</ul>", "<wbr>", "<h2 "),
)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_an_entry_is_read_as_the_same_page_is(pieces: list[str]) -> None:
    markup = "<p>" + " ".join(pieces)
    assert paragraphs(markup) == readable(soup(markup))


@pytest.mark.parametrize("tag", ["sup", "samp", "xhtml"])
def test_only_blocks_break_a_paragraph(tag: str) -> None:
    markup = f"<p>On the 1<{tag}>st</{tag}> of May</p>"
    assert paragraphs(markup) == "On the 1st of May"
    assert readable(soup(markup)) == "On the 1st of May"
