"""Links in mails: only we can make them, each is good for one thing, and those that let in expire."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.links import LONGEST, TO_CONFIRM, TO_SETTLE, Links

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
LINKS = Links("https://lookout.example", "a secret")


def token(link: str) -> str:
    return link.rsplit("/", 1)[1]


def test_a_link_to_leave_works_for_ever() -> None:
    link = LINKS.to_leave("k3y")
    assert link.startswith("https://lookout.example/unsubscribe/")
    assert LINKS.leaving(token(link)) == "k3y"


def test_a_link_to_the_settings_works_until_it_expires() -> None:
    link = token(LINKS.to_settle("k3y", NOW))
    assert LINKS.settling(link, NOW + TO_SETTLE) == "k3y"
    with pytest.raises(Refused, match="expired"):
        LINKS.settling(link, NOW + TO_SETTLE + timedelta(seconds=1))


def test_a_wish_comes_back_as_it_was_until_it_expires() -> None:
    wish = {"address": "ann@example.org", "topics": ["faces"], "words": "caffè, 顔"}
    link = token(LINKS.to_confirm(wish, NOW))
    assert LINKS.confirming(link, NOW + TO_CONFIRM) == wish
    with pytest.raises(Refused, match="expired"):
        LINKS.confirming(link, NOW + TO_CONFIRM + timedelta(seconds=1))


def test_a_link_for_one_thing_is_good_for_no_other() -> None:
    with pytest.raises(Refused, match="not whole"):
        LINKS.settling(token(LINKS.to_leave("k3y")), NOW)
    with pytest.raises(Refused, match="not whole"):
        LINKS.leaving(token(LINKS.to_settle("k3y", NOW)))
    with pytest.raises(Refused, match="not whole"):
        LINKS.confirming(token(LINKS.to_settle("k3y", NOW)), NOW)


def test_a_link_of_another_house_is_refused() -> None:
    with pytest.raises(Refused, match="not whole"):
        LINKS.leaving(token(Links("https://lookout.example", "another secret").to_leave("k3y")))


@given(st.text(max_size=300) | st.just("x" * (LONGEST + 1)))
def test_whatever_somebody_writes_into_the_address_is_refused_and_no_fault(written: str) -> None:
    with pytest.raises(Refused):
        LINKS.leaving(written)
    with pytest.raises(Refused):
        LINKS.settling(written, NOW)


def test_a_secret_is_not_shown() -> None:
    assert "a secret" not in repr(LINKS)
