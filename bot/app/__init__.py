"""Lookout's parts, built once, and what is done with them in one go; `running` works with them until it is stopped.

settings -> read_watchlist -> opened -> Parts -> once, or one job
"""

from bot.app.building import (
    READER_CPU,
    READER_MEMORY,
    build_matcher,
    closer_look,
    opened,
    opened_store,
    read_watchlist,
    utc_now,
    watched_files,
)
from bot.app.data_folder import SECRET, figures_file, house_secret
from bot.app.jobs import diagnose, import_file, read_opml, reembed, renew_members
from bot.app.learning import Evaluated, audit, evaluate, evaluate_letters, evaluate_stories, publish, retrain, teach
from bot.app.rounds import FILLED_BY_ONCE, both_strokes, console, folder, once

__all__ = [
    "FILLED_BY_ONCE",
    "READER_CPU",
    "READER_MEMORY",
    "SECRET",
    "Evaluated",
    "audit",
    "both_strokes",
    "build_matcher",
    "closer_look",
    "console",
    "diagnose",
    "evaluate",
    "evaluate_letters",
    "evaluate_stories",
    "figures_file",
    "folder",
    "house_secret",
    "import_file",
    "once",
    "opened",
    "opened_store",
    "publish",
    "read_opml",
    "read_watchlist",
    "reembed",
    "renew_members",
    "retrain",
    "teach",
    "utc_now",
    "watched_files",
]
