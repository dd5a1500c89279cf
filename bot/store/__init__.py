"""What we remember: feeds, items, matches, deliveries. Every question is asked once, here.

    open_store(path) -> Store      one SQLite file in WAL mode, brought to the newest schema by Alembic

A poll's validators, items and matches are written in one transaction (`Store.remember`); so is a digest with
the items that it tells (`KeptReports.compose`). Whatever dies in between, nothing is lost and nothing is told twice.
"""

from bot.store.asking import Wanted
from bot.store.feedback import Tally
from bot.store.further import Owed
from bot.store.packed import Numbers
from bot.store.remembering import Known, Poll, Sighting
from bot.store.reports import Composed, Mark, News, Waiting
from bot.store.sqlite import open_store
from bot.store.store import Store
from bot.store.subscribers import KEPT
from bot.store.vectors import Meaning

__all__ = [
    "KEPT",
    "Composed",
    "Known",
    "Mark",
    "Meaning",
    "News",
    "Numbers",
    "Owed",
    "Poll",
    "Sighting",
    "Store",
    "Tally",
    "Waiting",
    "Wanted",
    "open_store",
]
