"""Items about one event come together, and nothing else does."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.records import Item
from bot.stories import groups, shingles, story_id
from tests.written import NOON, item, words


def together(*items: Item) -> list[set[str]]:
    """Return the ids of each story."""
    return [{one.id for one in group} for group in groups(items)]


def test_items_at_one_address_are_one_story() -> None:
    here = {"address": "https://herald.example/letter"}
    assert together(item("a", **here), item("b", text=words("other", 40), **here), item("c")) == [{"a", "b"}, {"c"}]


def test_items_without_an_address_are_not_one_story_for_that() -> None:
    assert len(groups([item(name, address="") for name in "abc"])) == 3


def test_one_text_under_two_titles_is_one_story() -> None:
    text = words("letter", 80)
    again = text.upper().replace(" ", "\n\n", 3)
    assert together(item("a", text=text), item("b", text=again)) == [{"a", "b"}]


def test_a_release_with_another_dateline_and_a_quote_more_is_the_same_story() -> None:
    text = words("letter", 120)
    longer = f"WASHINGTON, D.C. - {text} {words('added', 60)}"
    assert together(item("a", text=text), item("b", text=longer)) == [{"a", "b"}]


def test_a_teaser_belongs_to_its_article() -> None:
    article = words("report", 600)
    assert together(item("a", text=" ".join(article.split()[:40])), item("b", text=article)) == [{"a", "b"}]


def test_a_letter_that_quotes_half_of_an_earlier_one_stays_apart() -> None:
    first = words("first", 200)
    second = f"{' '.join(first.split()[:100])} {words('second', 100)}"
    assert together(item("a", text=first), item("b", text=second)) == [{"a"}, {"b"}]


def test_the_notice_under_all_that_an_office_publishes_joins_nothing() -> None:
    notice = words("notice", 60)
    releases = [item(name, text=f"{words(name, 100)} {notice}") for name in "abcde"]
    assert len(groups(releases)) == 5


def test_two_short_releases_with_one_generic_title_stay_apart() -> None:
    short = {"title": "Statement on Immigration"}
    long = {"title": "Senator Sample Issues a Statement on Immigration Enforcement Today"}
    for title in (short, long):
        releases = (item("a", text="The raid was wrong.", **title), item("b", text="The bill is right.", **title))
        assert len(groups(releases)) == 2


def test_one_long_headline_without_a_text_at_two_outlets_is_one_story() -> None:
    title = {"title": "Agents scan faces in the street with an app, documents show"}
    assert together(item("a", **title), item("b", source="Herald", **title)) == [{"a", "b"}]
    assert len(groups([item("a", title="Breaking news"), item("b", title="Breaking news")])) == 2


def test_copies_of_copies_are_one_story() -> None:
    edited = words("wire", 124).split()
    near = [" ".join(edited[n : n + 100]) for n in (0, 12, 24)]
    assert len(groups([item("a", text=near[0]), item("c", text=near[2])])) == 2
    assert together(*(item(name, text=t) for name, t in zip("abc", near, strict=True))) == [{"a", "b", "c"}]


def test_the_headline_is_the_first_primary_source() -> None:
    text = words("letter", 50)
    report = item("report", text=text, published=NOON - timedelta(hours=3))
    copy = item("copy", text=text, category="congress", published=NOON)
    letter = item("letter", text=text, category="congress", published=NOON - timedelta(hours=1))
    [group] = groups([report, copy, letter])
    assert [one.id for one in group] == ["letter", "copy", "report"]
    assert story_id(group) == "letter"


def test_texts_in_scripts_without_spaces_are_no_trouble() -> None:
    texts = ["移民局人脸识别" * 50, "الهجرة والتعرف على الوجوه " * 20, "🧊🧊🧊", ""]
    assert sum(map(len, groups([item(str(n), text=text) for n, text in enumerate(texts)]))) == 4


texts = st.lists(st.sampled_from([words(name, 25) for name in "abcd"]), max_size=4).map(" ".join)
addresses = st.sampled_from(["", "https://a.example/", "https://b.example/"])


@given(st.lists(st.tuples(texts, addresses, st.sampled_from(["news", "congress"])), max_size=12))
def test_every_item_is_in_exactly_one_story(said: list[tuple[str, str, str]]) -> None:
    items = [item(str(n), text=text, address=at, category=kind) for n, (text, at, kind) in enumerate(said)]
    told = [one.id for group in groups(items) for one in group]
    assert sorted(told) == sorted(one.id for one in items)


@given(st.lists(texts, min_size=2, max_size=6))
def test_whoever_holds_nearly_all_of_another_is_in_its_story(said: list[str]) -> None:
    items = [item(str(n), text=text) for n, text in enumerate(said)]
    found = together(*items)
    for one in items:
        for other in items:
            mine, held = shingles(one.text), shingles(other.text)
            if held and len(mine & held) >= 0.8 * len(held) and len(mine) >= len(held):
                assert any({one.id, other.id} <= story for story in found)


@settings(max_examples=5)
@given(st.randoms(use_true_random=False))
def test_stories_do_not_depend_on_the_order_of_the_items(random: object) -> None:
    items = [item(str(n), text=words("xyz"[n % 3], 30 + n)) for n in range(9)]
    mixed = list(items)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis hands it out as Random
    assert sorted(map(sorted, together(*mixed))) == sorted(map(sorted, together(*items)))


def test_two_thousand_releases_under_one_notice_are_grouped() -> None:
    notice = words("notice", 120)
    releases = [item(str(n), text=f"{words(f'release{n}x', 150)} {notice}") for n in range(1900)]
    copies = [item(f"copy{n}", text=f"{words('wire', 250)} {words(f'dateline{n}x', 4)}") for n in range(100)]
    found = groups([*releases, *copies])
    assert len(found) == 1901
    assert max(map(len, found)) == 100
