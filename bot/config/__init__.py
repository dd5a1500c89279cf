"""What the operator wrote, checked: settings from the environment, and the watch list from feeds.yaml.

    environment, .env -> Settings
    feeds.yaml -> text -> page (values and their lines) -> entries -> the Watchlist, with Congress's members in it
                                                        `-> faults -> saying -> every mistake with its line

Every mistake is reported at once, with its line, in words that need no knowledge of the program.
"""

from bot.config.congress import same_address
from bot.config.environment import NO_CONTACT, Server, Settings, is_operator, misspelt, settings
from bot.config.faults import Problems
from bot.config.feeds_yaml import LARGEST, shipped_watchlist, watchlist, watchlist_path, watchlist_text

__all__ = [
    "LARGEST",
    "NO_CONTACT",
    "Problems",
    "Server",
    "Settings",
    "is_operator",
    "misspelt",
    "same_address",
    "settings",
    "shipped_watchlist",
    "watchlist",
    "watchlist_path",
    "watchlist_text",
]
