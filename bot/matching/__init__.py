"""What an item is about: topics by frozen embeddings joined with phrases, subjects by their aliases.

    items -> passages -> vectors --.
                     `-> phrases ---+-> head -> probability, threshold, evidence

Only `embedder.py` knows the embedding library, and loads it when the first item is matched.
"""

from bot.matching.banners import COMPARED, OPENING, site, under_banners, without_banner
from bot.matching.embedder import Embedder, Vectors
from bot.matching.evaluation import Labelled, Scores, folds, phrase_rule, scores
from bot.matching.feedback import FEWEST, FLOOR, Trial, judged_anew, mark, moved, theirs, try_out
from bot.matching.figures import Figure, Figures, load_figures, save_figures
from bot.matching.first_look import is_settled
from bot.matching.gists import gist
from bot.matching.heads import Head, Heads, load_heads, save_heads
from bot.matching.letters import Judgement, as_items, deciding, with_letters
from bot.matching.matcher import NO_LETTERS, Evidence, Matcher
from bot.matching.phrases import Phrases, speak_against
from bot.matching.questions import Questions
from bot.matching.recall import Recall, estimated_recall
from bot.matching.teaching import Lesson, fit_heads, labelled, lesson_lacks
from bot.matching.vector_cache import VectorCache

__all__ = [
    "COMPARED",
    "FEWEST",
    "FLOOR",
    "NO_LETTERS",
    "OPENING",
    "Embedder",
    "Evidence",
    "Figure",
    "Figures",
    "Head",
    "Heads",
    "Judgement",
    "Labelled",
    "Lesson",
    "Matcher",
    "Phrases",
    "Questions",
    "Recall",
    "Scores",
    "Trial",
    "VectorCache",
    "Vectors",
    "as_items",
    "deciding",
    "estimated_recall",
    "fit_heads",
    "folds",
    "gist",
    "is_settled",
    "judged_anew",
    "labelled",
    "lesson_lacks",
    "load_figures",
    "load_heads",
    "mark",
    "moved",
    "phrase_rule",
    "save_figures",
    "save_heads",
    "scores",
    "site",
    "speak_against",
    "theirs",
    "try_out",
    "under_banners",
    "with_letters",
    "without_banner",
]
