"""Items about one event come together, and nothing else does."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import Item
from bot.stories import Telling, headline_first, is_other_news, likeness, place, signs, stays, telling
from tests.stories.samples import FOLLOW_UP, LETTER, RAID, REPORT, days, follow_up, letter, other_raid, raid
from tests.written import item, words


def told(*items: Item) -> list[Telling]:
    return [telling(one) for one in items]


def joined(new: Item, *stories: Sequence[Item]) -> list[int]:
    """Return which of the stories, by their place, the item joins."""
    return [join.story_id for join in place(telling(new), {n: told(*some) for n, some in enumerate(stories)})]


def test_a_joint_letter_on_two_sites_is_one_story_whatever_its_title() -> None:
    other = letter("b", "Sen. Samuel Okonjo", title="Okonjo Presses TSA on Airport Scanners", published=days(5))
    assert joined(other, [letter("a")]) == [0]


def test_a_copy_with_another_dateline_and_a_quote_more_is_the_same_story() -> None:
    longer = (
        f"WASHINGTON, D.C. — {LETTER} “My constituents should be able to fly without giving up their faces,” he said."
    )
    [join] = place(telling(letter("b", "Sen. Samuel Okonjo", text=longer)), {7: told(letter("a"))})
    assert (join.story_id, join.because, join.how) == (7, "a", "copy")
    assert join.probability > 0.9


def test_a_report_in_other_words_is_the_same_story_though_nothing_is_copied() -> None:
    text = (
        "A union in Nebraska said on Wednesday that families of those taken in the "
        "raid at Harlan Creek Foods in Fremont "
        "do not know where they are. Immigration agents arrested 43 workers there on "
        "Tuesday over stolen Social Security "
        "numbers. Dorothea Vance, who led the operation, said twelve will be charged. The plant employs some 260."
    )
    report = item("b", title="Nebraska meat plant raid: families left in the dark", text=text, published=days(1))
    [join] = place(telling(report), {0: told(raid("a")), 1: told(other_raid("c"))})
    assert (join.story_id, join.how) == (0, "rewrite")


def test_two_raids_of_one_agency_on_one_day_are_two_stories() -> None:
    assert joined(other_raid("b"), [raid("a")]) == []


def test_a_follow_up_letter_that_quotes_the_first_is_another_story() -> None:
    assert joined(follow_up("b", published=days(3)), [letter("a")]) == []
    assert joined(follow_up("b", source="Sen. Samuel Okonjo", published=days(3)), [letter("a")]) == []


def test_several_letters_of_one_office_on_one_day_are_several_stories() -> None:
    text = (
        "Senator Ottilie Brandt today wrote to the Secretary of Homeland Security "
        "asking that the inspection reports of 22 "
        "detention centers be published. “Taxpayers pay for the beds and for the "
        "inspectors, and may read neither contract "
        "nor report,” Brandt wrote. The letter asks for all reports since October and for a reply by February 24."
    )
    assert joined(letter("b", title="Brandt Urges DHS to Release Detention Reports", text=text), [letter("a")]) == []


def test_one_template_filled_in_for_two_towns_is_two_stories() -> None:
    def grant(name: str, town: str, sum_: str, source: str) -> Item:
        text = (
            f"Senators Muster and Sample announced that {town} Regional Airport has "
            f"received {sum_} in federal funding from "
            "the Airport Terminal Program. The funding will be used to replace the "
            "lighting of the runway and to make the "
            "terminal accessible. “Airports connect our communities,” said Muster. “This will make travel safer,” said "
            "Sample. The senators have long worked to bring federal funds to the airports of the state."
        )
        title = f"Muster, Sample Announce Federal Funding for {town} Regional Airport"
        return letter(name, source, title=title, text=text)

    first = grant("a", "Wannaska", "$450,000", "Sen. Muster")
    assert joined(grant("b", "Pengilly", "$1,260,000", "Sen. Sample"), [first]) == []
    assert joined(grant("c", "Wannaska", "$450,000", "Sen. Sample"), [first]) == [0]


@pytest.mark.parametrize("source", ["Sample ICE", "Sample HSI", "The Herald"])
def test_a_raid_told_in_the_words_of_another_raid_is_another_story_whoever_tells_it(source: str) -> None:
    title = "ICE arrests 51 in worksite operation at Walnut Hill plant"
    text = RAID.replace("43", "51").replace("260", "310").replace("Harlan Creek", "Walnut Hill")
    assert "fourteen-month" in text  # one figure of the template is in both
    assert joined(raid("b", source=source, title=title, text=text), [raid("a")]) == []


def test_one_raid_told_by_two_offices_under_other_titles_is_one_story() -> None:
    title = "Homeland Security Investigations Omaha arrests 43 at Fremont packing house"
    assert joined(raid("b", source="Sample HSI", title=title), [raid("a")]) == [0]


def test_a_week_in_review_that_holds_two_releases_does_not_make_one_of_them() -> None:
    review = letter("r", title="Week in Review", text=f"{LETTER}\n\n{RAID}\n\n{words('more', 300)}")
    assert len(joined(review, [letter("a")], [raid("b")])) <= 1


def test_a_bridge_between_two_versions_of_one_letter_makes_one_story_of_both() -> None:
    halves = LETTER.split(". ")
    first, second = ". ".join(halves[:4]), ". ".join(halves[2:])
    sites = [letter("a", "One", text=first), letter("b", "Two", text=second)]
    assert likeness(*told(*sites)).probability > 0.3
    assert sorted(joined(letter("c", "Three"), [sites[0]], [sites[1]])) == [0, 1]


@pytest.mark.parametrize("order", [*permutations(("letter", "copy", "report"))])
def test_a_letter_its_copy_and_a_report_are_one_story_in_whatever_order_they_come(order: Sequence[str]) -> None:
    """Also where the report is like the copy alone, by its title, and comes between the two."""
    world = {
        "letter": letter("letter"),
        "copy": letter("copy", "Sample Network", title="In full: the letter to TSA"),
        "report": item("report", title="TSA biometric lanes criticised on Capitol Hill", text=REPORT),
    }
    assert joined(world["report"], [world["letter"]]) == []
    stories: list[list[Item]] = []
    for name in order:
        joins = joined(world[name], *stories)
        together = [one for n in joins for one in stories[n]]
        stories = [story for n, story in enumerate(stories) if n not in joins] + [[*together, world[name]]]
    assert len(stories) == 1


RAID_IN_SHORT = (
    "In Fremont, Nebraska, Immigration and Customs Enforcement arrested 43 people at the Harlan Creek Foods "
    "meatpacking plant over stolen Social Security numbers, after a look at the records of 260 workers. Twelve face "
    "charges of aggravated identity theft. “Employers who build their business on stolen identities will be held to "
    "account,” said Dorothea Vance."
)


@pytest.mark.parametrize(
    ("title", "more", "other"),
    [
        ("The week: face lanes and a raid", RAID_IN_SHORT, raid("b")),
        ("Senators: TSA missed deadline on face scanners; GAO should investigate", REPORT, follow_up("b")),
    ],
)
def test_news_that_prints_a_letter_in_full_joins_nothing_else_to_it(title: str, more: str, other: Item) -> None:
    news = item("news", source="The Herald", title=title, text=f"{LETTER}\n\n{more}", published=days(3))
    assert joined(news, [other]) == [0], "it is half about this too"
    assert joined(news, [letter("a")], [other]) == [0]


def test_two_stories_weeks_apart_stay_two_whatever_copy_comes_dated_in_between() -> None:
    early, late = letter("a", "One", published=days(-17)), letter("b", "Two")
    assert len(joined(letter("c", "Three", published=days(-8)), [early], [late])) == 1


def test_the_notice_under_all_that_an_office_publishes_joins_nothing() -> None:
    notice = "Contact: Ann Muster\n\nTo read the full letter, click here."
    first = letter("a", text=f"{RAID}\n\n{notice}", title="On the plant")
    assert joined(letter("b", text=f"{FOLLOW_UP}\n\n{notice}"), [first]) == []


@pytest.mark.parametrize("title", ["Press release", "Statement on Immigration"])
def test_a_title_that_many_use_joins_nothing(title: str) -> None:
    one, other = (item(name, title=title, text=f"The {name} was wrong.", source=name) for name in ("raid", "bill"))
    assert joined(other, [one]) == []


def test_one_long_headline_without_a_text_at_two_outlets_is_one_story() -> None:
    title = "Agents scan faces in the street with an app, documents show"
    assert joined(item("b", title=title, source="Herald"), [item("a", title=title)]) == [0]


def test_items_at_one_address_are_one_story() -> None:
    here = {"address": "https://herald.example/letter"}
    assert joined(item("b", text=words("other", 40), **here), [item("a", **here)]) == [0]


def test_an_item_that_changed_stays_while_it_is_half_like_another_in_its_story() -> None:
    others = told(letter("a", "Sen. Samuel Okonjo"))
    assert stays(telling(letter("b", text=f"{LETTER} Corrected on Friday.")), others)
    assert not stays(telling(letter("b", title="On the plant", text=RAID)), others)


def test_a_page_tells_other_news_when_its_words_are_others_though_it_stands_where_it_stood() -> None:
    here = {"address": "https://sample.example/latest"}
    before, corrected, reused, undated = told(
        letter("a", **here),
        letter("a", title="Brandt: Answers, Please", text=f"{LETTER} Corrected on Friday.", published=days(1), **here),
        letter("a", title="On the plant", text=RAID, published=days(1), **here),
        letter("a", title="On the plant", text=RAID, **here),
    )
    assert is_other_news(before, reused)
    assert not is_other_news(before, corrected)
    assert not is_other_news(before, undated)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Faces first, revised", "Still; now the borders too."),
        ("TSA biometric lanes criticised on Capitol Hill", "Senators ask how often face scanners are wrong."),
        ("TSA biometric lanes criticised on Capitol Hill", ""),
    ],
)
def test_a_teaser_under_another_headline_tells_no_other_news(title: str, text: str) -> None:
    before = letter("a", title="Faces first", text="Senators ask how often face scanners are wrong.")
    assert not is_other_news(*told(before, letter("a", title=title, text=text, published=days(1))))


def test_the_headline_is_the_first_primary_source_before_any_report() -> None:
    report = item("report", published=days(-1))
    copy, first = letter("copy", published=days(1)), letter("first")
    assert [one.id for one in sorted([report, copy, first], key=headline_first)] == ["first", "copy", "report"]


samples = st.sampled_from(
    [raid("a"), other_raid("b"), letter("c"), follow_up("d"), item("e"), item("f", text="Ö" * 99)]
)


@given(samples, samples)
def test_likeness_does_not_depend_on_which_comes_first(one: Item, other: Item) -> None:
    assert signs(*told(one, other)) == pytest.approx(signs(*told(other, one)))
    assert 0 <= likeness(*told(one, other)).probability <= 1
