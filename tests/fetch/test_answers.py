"""What Lookout makes of a server's words."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FetchError
from bot.fetch.answers import callable_url, printable, retry_after

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta()),
        ("9" * 5000, timedelta(days=1)),
        ("Fri, 10 Apr 2026 13:00:00 GMT", timedelta(hours=1)),
        ("Fri, 10 Apr 2026 09:00:00 -0400", timedelta(hours=1)),
        ("Fri, 10 Apr 2026 13:00:00 -0000", timedelta(hours=1)),
        ("Fri, 10 Apr 2020 13:00:00 GMT", timedelta()),
        ("Fri, 10 Apr 2036 13:00:00 GMT", timedelta(days=1)),
    ],
)
def test_retry_after_is_believed_up_to_a_day(said: str, wait: timedelta) -> None:
    assert retry_after(httpx.Headers({"Retry-After": said}), NOW) == NOW + wait


def test_a_retry_after_beyond_the_years_there_are_says_nothing() -> None:
    assert retry_after(httpx.Headers({"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359"}), NOW) is None


@settings(deadline=None)
@given(st.text())
def test_a_retry_after_of_any_text_is_none_or_within_a_day(said: str) -> None:
    then = retry_after(httpx.Headers({b"Retry-After": said.encode()}), NOW)
    assert then is None or NOW <= then <= NOW + timedelta(days=1)


@settings(deadline=None)
@given(st.text() | st.text(alphabet="htps:/.@[]%0123456789x#?\\\x00 é", max_size=30).map("http://".__add__))
def test_any_text_is_an_address_to_call_or_an_unsafe_one(text: str) -> None:
    try:
        url = callable_url(text)
    except FetchError as e:
        failure = e
    else:
        assert url.scheme in ("http", "https")
        assert url.host
        assert not url.userinfo
        return
    assert failure.reason == "unsafe address"
    assert failure.detail.isprintable()


@settings(deadline=None)
@given(st.text())
def test_foreign_text_is_shown_on_one_short_printable_line(text: str) -> None:
    shown = printable(text)
    assert len(shown) <= 200
    assert not shown or shown.isprintable()
