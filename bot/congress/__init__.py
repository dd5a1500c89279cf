"""Who is in Congress, and where each publishes: a table that is shipped, and renewed from public data.

members.csv -> table: text to members, or every mistake in it     renewing: members and public data -> the new members
"""

from bot.congress.renewing import Renewed, renewed
from bot.congress.table import STATES, members, shipped, written

__all__ = ["STATES", "Renewed", "members", "renewed", "shipped", "written"]
