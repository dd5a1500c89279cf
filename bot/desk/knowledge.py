"""What the desk needs to answer: the store, what is followed, the time, and the model when it is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import commands
from bot.commands import Destination
from bot.matching import Questions
from bot.records import Item, Match, Subject, Subscriber, Topic, Watchlist
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
        known = self.topic(topic_id)
        return known.name if known else topic_id

    def topic(self, topic_id: str) -> Topic | None:
        """Return the topic with this id that feeds.yaml has now, or None."""
        return next((topic for topic in self.watchlist().topics if topic.id == topic_id), None)

    def subject(self, subject_id: str) -> Subject | None:
        """Return the subject with this id that feeds.yaml has now, or None."""
        return next((subject for subject in self.watchlist().subjects if subject.id == subject_id), None)

    def subjects(self) -> dict[str, str]:
        """Return the names of subjects by their ids."""
        return {subject.id: subject.name for subject in self.watchlist().subjects}


def destination(by: Asker) -> Destination:
    """Return where somebody asks as a place where digests may go."""
    return Destination(medium=by.medium, address=by.address, community=by.community, place=by.place)
