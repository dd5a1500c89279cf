"""The desk that people in a chat turn to: a command or a button goes in, a reply comes out.

table       what may be asked, once for every medium
asking, subscribing, offering    the answers, and what is offered while somebody types
desk        who may ask what, and what is said when it fails

A medium's own file turns what it hears into `Asked`, and a `Reply` into what it shows.
"""

from bot.desk.asking import details
from bot.desk.desk import Desk, went_wrong
from bot.desk.knowledge import Knowledge
from bot.desk.table import (
    BY_NAME,
    COMMANDS,
    MOST_LISTED,
    Command,
    Parameter,
    asks_who_manages,
    is_in_place,
    read,
)

__all__ = [
    "BY_NAME",
    "COMMANDS",
    "MOST_LISTED",
    "Command",
    "Desk",
    "Knowledge",
    "Parameter",
    "asks_who_manages",
    "details",
    "is_in_place",
    "read",
    "went_wrong",
]
