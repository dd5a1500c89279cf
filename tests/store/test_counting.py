"""The figures of the site: counted where they belong."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.store import Store, Wanted
from tests.store.samples import an_item, polled, seen

WASHINGTON = ZoneInfo("America/New_York")


async def test_what_came_out_on_a_monday_is_of_its_week_on_both_sides_of_a_clock_change(store: Store) -> None:
    """Of half of all items only the day is known: midnight in Washington, the first instant of a week."""
    mondays = {
        "winter": datetime(2026, 3, 2, tzinfo=WASHINGTON),
        "summer": datetime(2026, 3, 16, tzinfo=WASHINGTON),
    }
    items = [an_item(name, published=at.astimezone(UTC), day_only=True) for name, at in mondays.items()]
    sunday = an_item("sunday", published=datetime(2026, 3, 15, 23, 59, tzinfo=WASHINGTON).astimezone(UTC))
    await store.remember([polled(*map(seen, (*items, sunday)))])
    first = datetime(2026, 2, 23, tzinfo=WASHINGTON)
    counted = await store.counting.weekly(Wanted(flagged=False), first, 4)
    assert [sum(week.values()) for week in counted] == [0, 1, 1, 1]
