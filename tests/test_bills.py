"""Which bill an address is about."""

import pytest

from bot import bills


@pytest.mark.parametrize(
    ("url", "bill"),
    [
        ("https://www.congress.gov/bill/119th-congress/senate-bill/3779", "119-s-3779"),
        ("https://congress.gov/bill/119th-congress/house-concurrent-resolution/0012/text?s=1", "119-hconres-12"),
        ("https://www.govinfo.gov/app/details/BILLS-119s3779is", "119-s-3779"),
        ("https://www.govinfo.gov/content/pkg/BILLS-119hjres12enr/html/BILLS-119hjres12enr.htm", "119-hjres-12"),
        ("https://www.congress.gov/bill/119th-congress/senate-thing/3779", None),
        ("https://www.congress.gov/bill/119th-congress/senate-bill/37791234", None),
        ("https://www.congress.gov/member/a-sample/S001", None),
        ("https://www.govinfo.gov/app/details/CRPT-119hrpt12", None),
        ("https://evil.example.org/?https://www.congress.gov/bill/119th-congress/senate-bill/3779", None),
        ("", None),
    ],
)
def test_an_address_tells_its_bill(url: str, bill: str | None) -> None:
    assert bills.bill(url) == bill
    assert not bills.is_page(url) or bill is not None


@pytest.mark.parametrize(("congress", "ordinal"), [(119, "119th"), (121, "121st"), (122, "122nd"), (111, "111th")])
def test_a_bills_page_is_found_again_by_its_address(congress: int, ordinal: str) -> None:
    page = bills.page(congress, "sres", 5)
    assert page == f"https://www.congress.gov/bill/{ordinal}-congress/senate-resolution/5"
    assert bills.bill(page) == f"{congress}-sres-5"
    assert bills.is_page(page)
