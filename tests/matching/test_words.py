"""Words as a model: what is learnt, kept and read again. All texts are samples."""

from pathlib import Path

import numpy as np

from bot.matching import load_heads
from bot.matching.words import SURE, Words, learn_vocabulary, learn_weights, load_words, save_words
from tests.written import item

ABOUT = [item(f"a{n}", title=f"Agents detained workers in raid {n}", text="They were detained.") for n in range(12)]
OTHER = [item(f"b{n}", title=f"County fair opens on day {n}", text="Pies were judged.") for n in range(12)]


def learnt() -> Words:
    vocabulary = learn_vocabulary([*ABOUT, *OTHER])
    labels = np.array([True] * len(ABOUT) + [False] * len(OTHER))
    weights = learn_weights(vocabulary.rows([*ABOUT, *OTHER]), labels, np.ones(len(labels)))
    return Words(vocabulary=vocabulary, topics={"raids": weights})


def test_words_of_the_labels_tell_new_texts_apart() -> None:
    told = learnt().log_odds([item("x", title="Workers detained"), item("y", title="Pies judged at the fair")])
    assert told["raids"][0] > 0 > told["raids"][1]


def test_what_is_kept_says_the_same_when_read_again(tmp_path: Path) -> None:
    words = learnt()
    save_words(words, tmp_path)
    again = load_words(tmp_path)
    asked = [*ABOUT, *OTHER, item("z", title="")]
    assert np.allclose(words.log_odds(asked)["raids"], again.log_odds(asked)["raids"], atol=1e-4)
    assert again.knows("raids")
    assert not again.knows("oceans")


def test_log_odds_have_bounds_and_no_item_none() -> None:
    words = load_heads().words
    shouted = item("s", title="deport " * 300, text="border patrol ICE detention deportation " * 300)
    odds = words.log_odds([shouted])
    assert all(abs(values[0]) <= SURE for values in odds.values())
    assert {topic: len(values) for topic, values in words.log_odds([]).items()} == dict.fromkeys(odds, 0)
