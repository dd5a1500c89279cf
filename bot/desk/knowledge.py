"""What the desk needs to answer: the store, what is followed, the time, and the model when it is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import commands
from bot.commands import Destination
from bot.matching import Questions
from bot.records import Item, Match, Subscriber, Watchlist
from bot.replies import Asker
from bot.store import Store


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """`watchlist` and `closely` are asked for anew each time, for feeds.yaml may be edited. `zone`: the operator's."""

    store: Store
    watchlist: Callable[[], Watchlist]
    clock: Callable[[], datetime]
    zone: str
    questions: Questions
    closely: Callable[[Item], Sequence[Match]]

    async def reader(self, by: Asker) -> Subscriber:
        """Return who is told where somebody asks, or who would be."""
        return await commands.here(self.store, destination(by), self.zone)

    def topic_name(self, topic_id: str) -> str:
        """Return a topic's name; its id where feeds.yaml no longer has it."""
        return next((topic.name for topic in self.watchlist().topics if topic.id == topic_id), topic_id)

    def subjects(self) -> dict[str, str]:
        """Return the names of subjects by their ids."""
        return {subject.id: subject.name for subject in self.watchlist().subjects}


def destination(by: Asker) -> Destination:
    """Return where somebody asks as a place where digests may go."""
    return Destination(medium=by.medium, address=by.address, community=by.community, place=by.place)
