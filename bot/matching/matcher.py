"""Items in, matches and mentions out: settles the clear negatives; splits, embeds and measures the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.matching.banners import without_banner
from bot.matching.embedder import Embedder, Vectors
from bot.matching.first_look import FirstLook
from bot.matching.heads import Features, Head, Heads
from bot.matching.letters import Judgement, as_items, with_letters
from bot.matching.passages import passages
from bot.matching.phrases import Phrases, merged, speak_against
from bot.matching.vector_cache import VectorCache
from bot.matching.words import Written
from bot.records import Attachment, Item, Match, Mention, Passage, Subject, Topic

LEAD = 2
"""Passages that make the lead."""

MOST_PASSAGES = 12
"""Passages embedded of one item: the lead, then those in which a phrase of any topic occurs, in order."""

NEAR_MISS = 0.25
PHRASE = 0.1
"""Weights by which passages are ranked: the score that ranked best in MODELS."""

SHOWN_FROM = 4
"""Of so many passages that rank best, the one without which a flagged item would be least likely is shown."""


NO_LETTERS: Mapping[str, Sequence[Attachment]] = {}


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """One item split and embedded: what every topic is measured on. `vectors` has a row for each of `spans`."""

    title: str
    text: str
    title_vector: Vectors
    spans: tuple[tuple[int, int], ...]
    vectors: Vectors

    def without(self, n: int) -> "Evidence":
        """Return the evidence of the item as it would read without passage `n`."""
        start, end = self.spans[n]
        rest = [span if span[0] < start else (span[0] - (end - start), span[1] - (end - start)) for span in self.spans]
        return replace(
            self,
            text=self.text[:start] + self.text[end:],
            spans=tuple(rest[:n] + rest[n + 1 :]),
            vectors=np.delete(self.vectors, n, axis=0),
        )

    @property
    def lead(self) -> Vectors:
        """Return the vector of the lead, the title's where there is no text."""
        if not self.spans:
            return self.title_vector
        mean = self.vectors[:LEAD].mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


class Matcher:
    """Remembers the topics' vectors. Built once; `match` may be called from a worker thread, one at a time."""

    def __init__(
        self, topics: Sequence[Topic], subjects: Sequence[Subject], embedder: Embedder, cache: VectorCache, heads: Heads
    ) -> None:
        self._embedder = embedder
        self._heads = heads
        # All at once: the cache keeps what it was last asked to learn, and forgets what nobody asks for any more.
        cache.encode([text for topic in topics for text in (*topic.examples, *topic.near_misses)])
        self._topics = [_Followed(topic, cache) for topic in topics]
        self._all_phrases = merged(topic.phrases for topic in topics)
        self._subjects = [(subject, Phrases(subject.aliases)) for subject in subjects]
        self._first_look = FirstLook(topics, subjects, heads, embedder.name)

    def match(
        self,
        items: Sequence[Item],
        letters: Mapping[str, Sequence[Attachment]] = NO_LETTERS,
        *,
        closely: bool = False,
    ) -> dict[str, Judgement]:
        """Return for each item, by id, a match for every topic, flagged or not, and the subjects it mentions.

        `letters`: what belongs to the items, by their ids, and is judged with them. `closely`: embed also what the
        first look would settle, so that the nearest examples are known.
        """
        apart = {item.id: list(as_items(item, letters.get(item.id, ()))) for item in items}
        read = [without_banner(item) for item in items] + [one for some in apart.values() for _, one in some]
        settled = {} if closely else self._first_look.settled(read)
        judged = self._judged([item for item in read if item.id not in settled])
        judged |= {item_id: (matches, ()) for item_id, matches in settled.items()}
        return {
            item.id: with_letters(
                item.id,
                _moved(judged[item.id], item.begins),
                [(letter, judged[one.id]) for letter, one in apart[item.id]],
            )
            for item in items
        }

    def _judged(self, items: Sequence[Item]) -> dict[str, Judgement]:
        evidence = self.evidence(items)
        by_topic = [self._matches(topic, items, evidence) for topic in self._topics]
        return {item.id: (tuple(m[n] for m in by_topic), self._mentions(item)) for n, item in enumerate(items)}

    def evidence(self, items: Sequence[Written]) -> list[Evidence]:
        """Return the items split and embedded, same length and order."""
        spans = [tuple(self._chosen(item.text)) for item in items]
        texts = [t for i, some in zip(items, spans, strict=True) for t in (i.title, *(i.text[a:b] for a, b in some))]
        vectors = self._embedder.encode(texts) if texts else np.zeros((0, 1), dtype=np.float32)
        made, at = [], 0
        for item, some in zip(items, spans, strict=True):
            own = vectors[at : at + 1 + len(some)]
            at += 1 + len(some)
            made.append(Evidence(title=item.title, text=item.text, title_vector=own[0], spans=some, vectors=own[1:]))
        return made

    def features(self, topic_id: str, evidence: Sequence[Evidence]) -> Features:
        """Return what is measured of each item for one topic."""
        followed = next(t for t in self._topics if t.topic.id == topic_id)
        return _features(evidence, [followed.measured(seen) for seen in evidence], self._log_odds(topic_id, evidence))

    def head(self, topic_id: str) -> tuple[Head, float]:
        """Return the head that judges a topic, and the threshold in force: feeds.yaml's, else the head's own."""
        topic = next(t.topic for t in self._topics if t.topic.id == topic_id)
        head = self._heads.of(topic_id, self._embedder.name)
        return head, head.threshold if topic.threshold is None else topic.threshold

    def _log_odds(self, topic_id: str, items: Sequence[Written]) -> NDArray[np.float64]:
        return self._heads.words.log_odds(items).get(topic_id, np.zeros(len(items)))

    def _chosen(self, text: str) -> list[tuple[int, int]]:
        spans = passages(text)
        hit = [(a, b) for a, b in spans[LEAD:] if next(self._all_phrases.found(text[a:b]), None)]
        return (spans[:LEAD] + hit)[:MOST_PASSAGES]

    def _matches(self, followed: "_Followed", items: Sequence[Item], evidence: Sequence[Evidence]) -> list[Match]:
        if not items:
            return []
        head, threshold = self.head(followed.topic.id)
        measured = [followed.measured(seen) for seen in evidence]
        probabilities = self._probabilities(followed, head, evidence, measured)
        flagged = np.flatnonzero(probabilities >= threshold)
        shown = [one.ranked[0] if one.ranked else None for one in measured]
        for n, passage in zip(flagged, self._deciding(followed, head, evidence, measured, flagged), strict=True):
            shown[n] = passage
        return [
            Match(
                item_id=item.id,
                topic_id=followed.topic.id,
                probability=round(float(probability), 4),
                threshold=threshold,
                passage=_passage(seen, best),
                phrases=found.phrases,
                nearest_for=followed.examples.nearest(seen),
                nearest_against=followed.near_misses.nearest(seen),
                model=f"{self._embedder.name} {head.name}",
            )
            for item, seen, found, best, probability in zip(
                items, evidence, measured, shown, probabilities, strict=True
            )
        ]

    def _probabilities(
        self, followed: "_Followed", head: Head, evidence: Sequence[Evidence], measured: Sequence["_Measured"]
    ) -> NDArray[np.float64]:
        words = self._log_odds(followed.topic.id, evidence)
        return head.probabilities(_features(evidence, measured, words))

    def _deciding(
        self,
        followed: "_Followed",
        head: Head,
        evidence: Sequence[Evidence],
        measured: Sequence["_Measured"],
        chosen: NDArray[np.intp],
    ) -> list[int | None]:
        """Return for the chosen items the passage without which the topic is least likely; None without a text."""
        tries = [(int(n), passage) for n in chosen for passage in measured[n].ranked[:SHOWN_FROM]]
        if not tries:
            return [None for _ in chosen]
        without = [evidence[n].without(passage) for n, passage in tries]
        left = self._probabilities(followed, head, without, [followed.measured(seen) for seen in without])
        best: dict[int, tuple[float, int]] = {}
        for (n, passage), probability in zip(tries, left, strict=True):
            if n not in best or probability < best[n][0]:
                best[n] = (float(probability), passage)
        return [best[int(n)][1] if int(n) in best else None for n in chosen]

    def _mentions(self, item: Item) -> tuple[Mention, ...]:
        found = ((subject, _mention(aliases, item)) for subject, aliases in self._subjects)
        return tuple(Mention(item_id=item.id, subject_id=s.id, passage=p) for s, p in found if p is not None)


def _moved(judged: Judgement, by: int) -> Judgement:
    """Return the judgement with its places in the text counted from a beginning `by` code points earlier."""
    if not by:
        return judged
    matches, mentions = judged
    return (
        tuple(replace(match, passage=_further(match.passage, by)) for match in matches),
        tuple(replace(mention, passage=_further(mention.passage, by)) for mention in mentions),
    )


def _further(passage: Passage, by: int) -> Passage:
    if passage.where == "title":
        return passage
    return replace(passage, start=passage.start + by, end=passage.end + by)


def _mention(aliases: Phrases, item: Item) -> Passage | None:
    for _, start, end in aliases.found(item.title):
        return Passage(where="title", start=start, end=end, text=item.title[start:end])
    for _, start, end in aliases.found(item.text):
        return Passage(where="text", start=start, end=end, text=item.text[start:end])
    return None


class _Examples:
    """Texts with their vectors. May be empty: then nothing is near."""

    def __init__(self, texts: tuple[str, ...], cache: VectorCache) -> None:
        self.texts = texts
        self.vectors = cache.encode(texts) if texts else None

    def mean_of_3(self, vectors: Vectors) -> NDArray[np.float64]:
        """Return for each row the mean cosine of the three nearest: one lucky example is not enough."""
        if self.vectors is None:
            return np.zeros(len(vectors))
        cosines = np.sort(vectors @ self.vectors.T, axis=1)
        return np.asarray(cosines[:, -3:].mean(axis=1), dtype=np.float64)

    def highest(self, vectors: Vectors) -> NDArray[np.float64]:
        """Return for each row the cosine of the nearest."""
        if self.vectors is None:
            return np.zeros(len(vectors))
        return np.asarray((vectors @ self.vectors.T).max(axis=1), dtype=np.float64)

    def nearest(self, seen: Evidence) -> tuple[str, float] | None:
        """Return the text nearest to the title or to any passage, with its cosine."""
        if self.vectors is None:
            return None
        cosines = (np.vstack([seen.title_vector[None], seen.vectors]) @ self.vectors.T).max(axis=0)
        best = int(cosines.argmax())
        return self.texts[best], round(float(cosines[best]), 4)


class _Followed:
    """A topic with its examples embedded and its phrases compiled."""

    def __init__(self, topic: Topic, cache: VectorCache) -> None:
        self.topic = topic
        self.phrases = Phrases(topic.phrases)
        self.misleading = Phrases(topic.misleading)
        self.examples = _Examples(topic.examples, cache)
        self.near_misses = _Examples(topic.near_misses, cache)

    def measured(self, seen: Evidence) -> "_Measured":
        """Measure one item, see heads.MEASURES."""
        # Where there is only a title it stands for the text too: so titles with labels also teach what a text weighs.
        text = seen.text if seen.spans else seen.title
        hits = list(self.phrases.found(text))
        ranked = self._ranked(seen, hits)
        quoted = seen.vectors[ranked[:1]] if ranked else seen.title_vector[None]
        title = seen.title_vector[None]
        in_title = self.phrases.distinct(seen.title)
        lead_ends = seen.spans[:LEAD][-1][1] if seen.spans else len(text)
        words = max(50, len(text.split()))
        return _Measured(
            measures=(
                float(self.examples.mean_of_3(title)[0]),
                float(self.near_misses.highest(title)[0]),
                float(self.examples.mean_of_3(quoted)[0]),
                float(self.near_misses.highest(quoted)[0]),
                min(3, len(in_title)),
                min(2, len(speak_against(self.phrases, self.misleading, seen.title))),
                min(4, len({phrase for phrase, _, end in hits if end <= lead_ends})),
                float(np.log1p(100 * len(hits) / words)),
                float(np.log1p(len(hits))),
                float(bool(seen.spans)),
            ),
            ranked=tuple(ranked),
            phrases=tuple(dict.fromkeys((*in_title, *(phrase for phrase, _, _ in hits)))),
        )

    def _ranked(self, seen: Evidence, hits: Sequence[tuple[str, int, int]]) -> list[int]:
        """Return the passages, those first that say most for the topic; none where there is no text."""
        if not seen.spans:
            return []
        inside = [{phrase for phrase, start, _ in hits if a <= start < b} for a, b in seen.spans]
        points = np.array([min(4, len(phrases)) for phrases in inside])
        near = self.examples.mean_of_3(seen.vectors) - NEAR_MISS * self.near_misses.highest(seen.vectors)
        return [int(n) for n in np.argsort(-(near + PHRASE * points), kind="stable")]


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """What one item shows for one topic: the measures, its passages, best first, and the phrases that occur."""

    measures: tuple[float, ...]
    ranked: tuple[int, ...]
    phrases: tuple[str, ...]


def _passage(seen: Evidence, best: int | None) -> Passage:
    if best is None:
        return Passage(where="title", start=0, end=len(seen.title), text=seen.title)
    start, end = seen.spans[best]
    return Passage(where="text", start=start, end=end, text=seen.text[start:end])


def _features(evidence: Sequence[Evidence], measured: Sequence[_Measured], words: NDArray[np.float64]) -> Features:
    return Features(
        words=words,
        titles=np.stack([seen.title_vector for seen in evidence]),
        leads=np.stack([seen.lead for seen in evidence]),
        measures=np.array([one.measures for one in measured], dtype=np.float64),
    )
