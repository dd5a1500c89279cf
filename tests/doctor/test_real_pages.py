"""The doctor on saved pages of Congress: for how many it proposes something that reads their releases."""

from datetime import UTC, datetime
from pathlib import Path

from bot import feeds
from bot.doctor.looking import looked_at
from bot.records import Document

HOSTS = {
    "bill_nelson_press-coldfusion": "www.billnelson.senate.gov",
    "bill_nelson_press": "www.billnelson.senate.gov",
    "butterfield_press": "butterfield.house.gov",
    "cowan_press": "www.cowan.senate.gov",
    "drupal_press": "walz.house.gov",
    "ed_perlmutter_press": "perlmutter.house.gov",
    "house_gop_releases": "www.gop.gov",
    "keating_press": "keating.house.gov",
    "rand_paul_press": "www.paul.senate.gov",
    "vitter_press": "www.vitter.senate.gov",
}
UNREAD = {"house_gop_releases"}  # eight titles without a date, which nothing tells from a menu
NOW = datetime(2015, 6, 1, tzinfo=UTC)


def test_nine_of_ten_press_pages_of_congress_are_read_by_what_is_proposed(shared: Path) -> None:
    for name, host in HOSTS.items():
        body = (shared / "data" / "html" / f"congress_{name}.html").read_bytes()
        page = Document(url=f"https://{host}/news/press-releases", body=body, fetched=NOW)
        found = looked_at(page, NOW).proposals
        assert [one.feed.kind for one in found] == ([] if name in UNREAD else ["congress_member", "press_page"]), name
        for one in found:
            read = feeds.read(one.feed, page).entries
            assert len([entry for entry in read if entry.published]) == one.dated >= 10
