"""What people may ask and set, whichever door they use: the terminal, Discord, Slack, and the web page later.

asking        searches, why, stories and what editors say of them, labels, how the sources do
subscribing   who is told what, when and how

Questions go to the store, answers are records; how they look is the door's business.
"""

from bot.commands.asking import (
    check_name,
    digest,
    health,
    label,
    labels,
    last_poll,
    latest,
    merge,
    moment,
    search,
    split,
    story,
    undo_edit,
    undo_label,
    why,
)
from bot.commands.subscribing import (
    EVERYTHING,
    Destination,
    Filter,
    as_probability,
    follow,
    forget_channel,
    forget_person,
    here,
    known_topic,
    known_zone,
    preview,
    reschedule,
    resume,
    say,
    settle,
    unfollow,
)

__all__ = [
    "EVERYTHING",
    "Destination",
    "Filter",
    "as_probability",
    "check_name",
    "digest",
    "follow",
    "forget_channel",
    "forget_person",
    "health",
    "here",
    "known_topic",
    "known_zone",
    "label",
    "labels",
    "last_poll",
    "latest",
    "merge",
    "moment",
    "preview",
    "reschedule",
    "resume",
    "say",
    "search",
    "settle",
    "split",
    "story",
    "undo_edit",
    "undo_label",
    "unfollow",
    "why",
]
