"""A text in passages: nothing left out, nothing twice, every one verbatim."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.matching.passages import WORDS, passages
from tests.written import words

texts = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["One sentence. ", "A question?\n\n", "“Quoted!” ", "U.S. ", words("long", 150), "\n \n", "字" * 90]
        ),
    ),
    max_size=30,
).map("".join)


@given(texts)
def test_passages_hold_every_word_once_in_order(text: str) -> None:
    found = [text[start:end] for start, end in passages(text)]
    assert "".join("".join(passage.split()) for passage in found) == "".join(text.split())


@given(texts)
def test_passages_follow_each_other_and_begin_and_end_with_a_word(text: str) -> None:
    spans = passages(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(not text[start].isspace() for start, _ in spans)


@given(texts)
def test_no_passage_is_longer_than_the_model_reads(text: str) -> None:
    assert all(len(text[start:end].split()) <= WORDS for start, end in passages(text))


def test_a_sentence_is_not_cut_unless_it_is_longer_than_a_passage() -> None:
    sentences = [f"{words(name, 50).capitalize()}." for name in "abcde"]
    text = " ".join(sentences)
    assert [text[a:b] for a, b in passages(text)] == [" ".join(sentences[:2]), " ".join(sentences[2:4]), sentences[4]]
    endless = words("word", 2 * WORDS + 5)
    assert [len(endless[a:b].split()) for a, b in passages(endless)] == [WORDS, WORDS, 5]


def test_a_script_without_spaces_is_cut_too() -> None:
    spans = passages("移民局人脸识别" * 3000)
    assert len(spans) > 3
    assert max(end - start for start, end in spans) <= 50 * WORDS


def test_an_empty_text_has_no_passages() -> None:
    assert passages("") == []
    assert passages(" \n\n\t") == []
