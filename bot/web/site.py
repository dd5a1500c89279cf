"""What the pages need: what is known, who operates, and what is remembered from one request to the next."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.desk import Knowledge
from bot.links import Links
from bot.matching import Figures
from bot.web.limits import Patience
from bot.web.operators import Operators
from bot.web.remembering import Remembered


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the pages need. `mails`: can people subscribe by mail?

    `figures`: how well the matcher does. `webhook_secret` tells what signs the messages to a webhook's address;
    `allow_private`: also to one in this network.
    """

    knows: Knowledge
    links: Links
    operators: Operators
    webhook_secret: Callable[[str], str]
    figures: Figures | None = None
    allow_private: bool = False
    mails: bool = False
    patience: Patience = field(default_factory=Patience)
    remembered: Remembered = field(default_factory=Remembered)

    @property
    def zone(self) -> str:
        """The operator's zone."""
        return self.knows.zone
