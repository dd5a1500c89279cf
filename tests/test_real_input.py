"""Real material, kept outside the project: the article that started it, and the items that people have labelled."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import feeds
from bot.config import shipped_watchlist, watchlist, watchlist_text
from bot.matching import Embedder, Matcher, VectorCache, load_figures, load_heads
from bot.plain import paragraphs
from tests.written import item

FIGURES = {"n", "positives", "precision", "recall", "f1", "ap"}
LEAST = {"facial-recognition": 0.93, "immigration-enforcement": 0.93}
"""The F1 that was asked for."""


def test_the_article_that_started_it_is_flagged_for_both_topics(
    shared: Path, embedder: Embedder, tmp_path: Path
) -> None:
    watched = watchlist(watchlist_text(shipped_watchlist()), file="feeds.yaml", problems=feeds.problems)
    matcher = Matcher(watched.topics, watched.subjects, embedder, VectorCache(tmp_path, embedder), load_heads())
    written = (shared / "data/seed/independent_mobile_fortify.txt").read_text(encoding="utf-8")
    title = [line for line in written.splitlines() if line.strip()][2]
    article = item("article", title=title, text=paragraphs(written))

    matches, mentions = matcher.match([article])["article"]

    assert {match.topic_id for match in matches if match.flagged} == set(LEAST)
    for match in matches:
        shown = match.passage
        assert shown.where == "text"
        assert article.text[shown.start : shown.end] == shown.text
        assert match.phrases
    assert "mobile-fortify" in {mention.subject_id for mention in mentions}


@pytest.fixture(scope="module")
def report(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `lookout eval --json` prints of the labelled items."""
    data = tmp_path_factory.mktemp("data")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "eval", str(shared / "data/labelled/matching_dev.jsonl"), "--json"],
        env={**os.environ, "LOOKOUT_DATA": str(data)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def test_the_report_has_the_form_that_scripts_know(report: dict[str, Any]) -> None:
    assert {"topics", "items_per_second", "peak_memory_mb"} <= set(report)
    assert set(report["topics"]) == set(LEAST)
    for topic in report["topics"].values():
        assert set(topic) == FIGURES | {"hard", "phrases"}
        assert set(topic["hard"]) == FIGURES
        assert set(topic["phrases"]) == FIGURES | {"hard"}
        assert topic["n"] == 237
        assert 0 < topic["hard"]["n"] < 237
    assert report["items_per_second"] > 0
    assert 100 < report["peak_memory_mb"] < 8_000


@pytest.mark.parametrize("topic", LEAST)
def test_the_shipped_heads_are_as_right_as_was_asked_and_not_below_the_phrase_rule(
    report: dict[str, Any], topic: str
) -> None:
    measured = report["topics"][topic]
    assert measured["f1"] >= LEAST[topic]
    assert measured["f1"] >= measured["phrases"]["f1"]
    assert measured["ap"] >= measured["phrases"]["ap"] + 0.05


def test_the_head_for_immigration_enforcement_beats_the_phrase_rule_where_words_mislead(report: dict[str, Any]) -> None:
    measured = report["topics"]["immigration-enforcement"]
    assert measured["f1"] >= measured["phrases"]["f1"] + 0.05
    assert measured["hard"]["f1"] >= measured["phrases"]["hard"]["f1"] + 0.05


def test_the_figures_that_the_site_shows_are_those_measured_here(report: dict[str, Any]) -> None:
    shown = load_figures()
    assert (shown.file, shown.shipped) == ("matching_dev.jsonl", True)
    for one in shown.topics:
        measured = report["topics"][one.topic_id]
        assert (one.n, one.positives) == (measured["n"], measured["positives"])
        assert one.precision == pytest.approx(measured["precision"], abs=0.02)
        assert one.recall == pytest.approx(measured["recall"], abs=0.02)
