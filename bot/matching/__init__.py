"""What an item is about: topics by frozen embeddings joined with phrases, subjects by their aliases.

    items -> passages -> vectors --.
                     `-> phrases ---+-> head -> probability, threshold, evidence

Only `embedder.py` knows the embedding library, and loads it when the first item is matched.
"""

from bot.matching.embedder import Embedder, Vectors
from bot.matching.evaluation import Labelled, Scores, folds, phrase_rule, scores
from bot.matching.heads import Head, Heads, fit, load_heads, save_heads
from bot.matching.matcher import Evidence, Judgement, Matcher
from bot.matching.phrases import Phrases
from bot.matching.teaching import Lesson, fit_heads, labelled
from bot.matching.vector_cache import VectorCache

__all__ = [
    "Embedder",
    "Evidence",
    "Head",
    "Heads",
    "Judgement",
    "Labelled",
    "Lesson",
    "Matcher",
    "Phrases",
    "Scores",
    "VectorCache",
    "Vectors",
    "fit",
    "fit_heads",
    "folds",
    "labelled",
    "load_heads",
    "phrase_rule",
    "save_heads",
    "scores",
]
