"""The table of members: what is shipped, and what is said of one with mistakes."""

from urllib.parse import urlsplit

import pytest

from bot import congress
from bot.congress import members, shipped, written
from bot.errors import ConfigError


def test_the_shipped_table_has_every_member_once() -> None:
    people = [one for one in shipped() if not one.is_committee]
    assert len(people) == 537
    assert len({one.id for one in shipped()}) == len(shipped())
    pages = [one.page for one in shipped() if one.page]
    assert len(set(pages)) == len(pages)
    assert [one.id for one in shipped() if not one.page] == ["G000607"]  # no address was known anywhere


def test_every_address_is_https_on_a_gov_site() -> None:
    addresses = [address for one in shipped() for address in (one.site, one.page) if address]
    wrong = [a for a in addresses if urlsplit(a).scheme != "https" or not str(urlsplit(a).hostname).endswith(".gov")]
    assert wrong == []


def test_both_sides_of_the_committees_with_jurisdiction_are_there() -> None:
    sides = {one.id for one in shipped() if one.is_committee}
    both = ("HSJU", "SSJU", "HSHM", "SSGA", "HSGO", "HSAP", "SSAP")
    assert sides == {*both, *(f"{one}-minority" for one in both)}


def test_a_table_reads_back_as_it_was_written() -> None:
    assert members(written(shipped()), file="members.csv") == shipped()


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("M000133", "M00013", 'M00013: "id" must be a bioguide id'),
        (",Democrat,MA,", ",Whig,MA,", '"party" must be one of Democrat'),
        (",MA,senate", ",XX,senate", '"state" must be one of'),
        (
            "https://www.markey.senate.gov,",
            "http://www.markey.senate.gov,",
            '"site" must be a web address on a .gov site',
        ),
        (",article,", ",articles,", '"pattern" must be one of'),
        ("2026-04-09", "yesterday", '"seen" must be a day'),
    ],
)
def test_a_mistake_is_told_with_its_line(before: str, after: str, says: str) -> None:
    markey = next(one for one in shipped() if one.id == "M000133")
    text = written([shipped()[0], markey])
    header, first, second = text.splitlines()
    with pytest.raises(ConfigError) as caught:
        members("\n".join((header, first, second.replace(before, after, 1))), file="members.csv")
    [mistake] = [one for one in caught.value.mistakes if says in one.says]
    assert (mistake.file, mistake.line) == ("members.csv", 3)


def test_a_member_listed_twice_is_told() -> None:
    with pytest.raises(ConfigError, match="stands already in line 2"):
        members(written([shipped()[0], shipped()[0]]), file="members.csv")


def test_who_may_be_named_by_state_is_known() -> None:
    assert {one.state for one in shipped() if one.state} == congress.STATES
