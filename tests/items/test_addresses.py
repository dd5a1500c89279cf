"""One address for one page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.items import canonical


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://WWW.Example.gov:80/News/One/#top", "https://example.gov/News/One"),
        ("https://example.gov", "https://example.gov/"),
        ("https://example.gov:8443/x", "https://example.gov:8443/x"),
        ("https://example.gov/x?utm_source=a&ID=528A4697-3402&fbclid=b", "https://example.gov/x?ID=528A4697-3402"),
        ("https://example.gov/?p=99", "https://example.gov/?p=99"),
        ("https://example.gov/x?b=2&a=1", "https://example.gov/x?a=1&b=2"),
        ("https://news.example.com/x?partner=rss&emc=rss&mod=rss_Technology", "https://news.example.com/x"),
        ("https://news.example.com/story/amp/", "https://news.example.com/story"),
        ("https://amp.news.example.com/story?amp=1", "https://news.example.com/story"),
        ("https://news.example.com/story.amp.html", "https://news.example.com/story.html"),
        ("https://www.google.com/amp/s/news.example.com/story/amp", "https://news.example.com/story"),
        ("https://news-example-com.cdn.ampproject.org/c/s/news.example.com/story", "https://news.example.com/story"),
        ("https://www.google.com/url?rct=j&url=https://example.gov/x&usg=A", "https://example.gov/x"),
        ("https://example.gov/%7Ejo%2fa b", "https://example.gov/~jo%2Fa%20b"),
        ("https://m.example.gov/x", "https://m.example.gov/x"),
        (" https://example.gov/x ", "https://example.gov/x"),
        ("https://münchen.example/x", "https://xn--mnchen-3ya.example/x"),
    ],
)
def test_all_forms_of_an_address_are_one(url: str, address: str) -> None:
    assert canonical(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@example.gov",
        "/news/one",
        "https://",
        "https://[bad",
        "ftp://x/y",
    ],
)
def test_what_is_no_web_address_is_none(url: str) -> None:
    assert canonical(url) == ""


def test_the_case_of_a_path_tells_pages_apart() -> None:
    assert canonical("https://example.gov/A") != canonical("https://example.gov/a")


PIECES = st.sampled_from(
    [
        "/",
        "amp",
        "?",
        "&",
        "utm_x=1",
        "%",
        "%41",
        "%2525",
        "=",
        "rss",
        "www.",
        "amp.",
        "google.com",
        "url?q=https://",
        "#",
        ":80",
        "é",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5)).map(lambda pieces: "https://example.gov/" + "".join(pieces)))
def test_the_canonical_address_is_its_own(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)


@given(st.lists(PIECES).map(lambda pieces: "http://" + "".join(pieces)) | st.text())
def test_any_text_has_a_canonical_address_or_none(url: str) -> None:
    address = canonical(url)
    assert address == "" or address.startswith("https://")
    assert canonical(address) == address
