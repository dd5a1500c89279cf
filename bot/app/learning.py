"""Measures the matcher and teaches it: by labelled files, by a community's labels, and by a person who is asked."""

import asyncio
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot import auditing, commands, evaluating, evaluating_letters, evaluating_stories, feedback, matching
from bot.app.building import build_matcher, opened_store, put_aside_outdated, read_watchlist, utc_now
from bot.app.data_folder import figures_file
from bot.auditing import Answer, Audited
from bot.config import Settings
from bot.congress import shipped
from bot.errors import ConfigError, Mistake
from bot.evaluating import Measured
from bot.evaluating_letters import LettersMeasured
from bot.evaluating_stories import StoriesMeasured
from bot.feedback import Retrained
from bot.matching import (
    Embedder,
    Heads,
    Lesson,
    Matcher,
    VectorCache,
    fit_heads,
    labelled,
    lesson_lacks,
    load_heads,
    save_heads,
)
from bot.records import Judged, Topic


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """What `lookout eval` measured; the speed is of splitting, embedding and scoring, the model loaded before."""

    topics: tuple[Measured, ...]
    items_per_second: float
    peak_memory_mb: float
    judge: str

    def data(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        wrong = [asdict(w) for one in self.topics for w in one.wrong]
        return {
            "topics": {one.topic_id: one.data() for one in self.topics},
            "items_per_second": round(self.items_per_second, 2),
            "peak_memory_mb": round(self.peak_memory_mb, 1),
            "judge": self.judge,
            "wrong": wrong,
        }


def evaluate(settings: Settings, file: Path, *, cross_validate: bool) -> Evaluated:
    """Measure the matcher on a labelled file. Raises ConfigError with every line that cannot be used."""
    watched = read_watchlist(settings)
    items = evaluating.read_labelled(file, watched.topics)
    matcher = build_matcher(settings, watched, Embedder(settings.model))
    matcher.evidence(items[:1])  # loads the model
    start = time.perf_counter()
    measured = evaluating.measure(matcher, watched.topics, items, cross_validate=cross_validate)
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Evaluated(
        topics=tuple(measured),
        items_per_second=len(items) / took,
        peak_memory_mb=peak / (1 << 20 if sys.platform == "darwin" else 1 << 10),
        judge="5-fold cross-validation within the file" if cross_validate else "the shipped heads",
    )


def publish(settings: Settings, measured: Evaluated, file: Path) -> None:
    """Write down how well the matcher does on the items of a file, for the site's page about itself."""
    matching.save_figures(measured.data()["topics"], file, utc_now().date(), figures_file(settings))


def evaluate_stories(settings: Settings, file: Path, texts: Path | None) -> StoriesMeasured:
    """Measure the stories made of a file's items. Raises ConfigError with everything in it that cannot be used."""
    gold = evaluating_stories.read_gold(file, texts)
    return asyncio.run(evaluating_stories.measure_stories(gold, Embedder(settings.model)))


def evaluate_letters(file: Path) -> LettersMeasured:
    """Measure what is read of letters in a file's items. Raises ConfigError with everything that cannot be used."""
    return evaluating_letters.measure_letters(evaluating_letters.read_truth(file), shipped())


def teach(settings: Settings, files: Sequence[Path]) -> tuple[list[Lesson], int]:
    """Fit the shipped heads to our labels, write them, and return how each did and how many items there were."""
    watched = read_watchlist(settings)
    items, weights = labelled(files)
    unfit = lesson_lacks(items, watched.topics)
    if unfit:
        raise ConfigError([Mistake(file=str(files[0]), line=None, says=unfit)])
    embedder = Embedder(settings.model)
    matcher = Matcher(watched.topics, (), embedder, VectorCache(settings.data / "vectors", embedder), load_heads())
    lessons, words = fit_heads(matcher, embedder.name, watched.topics, items, weights)
    *trained, general = (lesson.head for lesson in lessons)
    save_heads(Heads(trained={head.name: head for head in trained}, general=general, words=words))
    return lessons, len(items)


async def retrain(settings: Settings, topics: Sequence[str], community: str, *, apply: bool) -> list[Retrained]:
    """Try a new head for each of these topics, also while another Lookout runs, which takes it over at once.

    Raises Refused where the community's name cannot be shown.
    """
    commands.check_name(community, "community")
    watched = read_watchlist(settings)
    async with opened_store(settings) as store:
        matcher = await asyncio.to_thread(build_matcher, settings, watched, Embedder(settings.model))
        await put_aside_outdated(store, matcher, watched)
        return [
            await feedback.retrain(store, matcher, topic, community, now=utc_now(), apply=apply) for topic in topics
        ]


async def audit(
    settings: Settings,
    topics: Sequence[Topic],
    community: str,
    by: str,
    *,
    number: int,
    seed: int,
    ask: Callable[[Judged, Sequence[Topic]], Answer],
) -> list[Audited]:
    """Let a person judge what was not flagged, and estimate recall; see `auditing`."""
    async with opened_store(settings) as store:
        return await auditing.audit(
            store, topics, community=community, by=by, number=number, seed=seed, ask=ask, clock=utc_now
        )
