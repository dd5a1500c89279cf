"""A copy is known by its five-word runs, and found by a few of them."""

from hypothesis import given
from hypothesis import strategies as st

from bot.stories.shingles import marks, shingles, sketch
from tests.written import words


def test_case_punctuation_and_line_ends_make_no_difference() -> None:
    text = words("letter", 40)
    assert shingles(text) == shingles(text.upper().replace(" ", ",\n\n"))


def test_a_text_too_short_to_be_known_by_has_none() -> None:
    assert shingles("The raid was wrong.") == frozenset()


def test_scripts_without_spaces_and_signs_are_no_trouble() -> None:
    for text in ("移民局人脸识别" * 50, "الهجرة والتعرف على الوجوه " * 20, "🧊🧊🧊", "", "\ud800 \ud800 " * 30):
        assert sketch(shingles(text)) <= shingles(text)


def test_a_teaser_and_its_article_are_filed_under_a_common_mark() -> None:
    for n in range(50):
        article = words(f"report{n}x", 600)
        teaser = " ".join(article.split()[100:150])
        assert sketch(shingles(teaser)) & sketch(shingles(article))


def test_a_long_text_is_filed_under_an_eighth_of_its_shingles() -> None:
    assert 200 < len(sketch(shingles(words("long", 2000)))) < 300


def test_one_long_title_without_a_text_is_a_mark_a_short_one_is_none() -> None:
    title = "Agents scan faces in the street with an app, documents show"
    assert marks(title, "", "") == marks(title.upper(), "", "") != frozenset()
    assert marks("Statement on Immigration", "", "") == frozenset()
    assert marks(title, "One says this.", "") != marks(title, "One says that.", "")


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    assert sketch(shingles(text), marks(text, text, text)) >= marks(text, text, text)
