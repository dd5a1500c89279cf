"""The nouns of Lookout: frozen values that every other module speaks in.

    Feed -> Document -> Entry -> Item (+ Revisions) -> Match, Mention -> Story -> Digest -> Delivery

All times are aware and in UTC. `None` means "not known", never "failed".
"""

from bot.records.congress import PAGE_PATTERNS, Member, PagePattern
from bot.records.digests import Delivery, DeliveryState, Digest, Section, Sent, Told, Unread
from bot.records.documents import Capture, Document, Entry, Further, Reading, Unchanged
from bot.records.health import PACES, RECENT, FeedState, Health, Operation, Pace, State
from bot.records.items import Attachment, Held, Item, NoText, Revision, TextFrom
from bot.records.letters import (
    Ask,
    DayMark,
    Deadline,
    Disagreement,
    Letter,
    LetterKind,
    Recipient,
    Signer,
    StatedDay,
)
from bot.records.matches import LOCAL, CommunityHead, Judged, Label, Match, Mention, Passage, Verdict
from bot.records.reasons import Gate, Why
from bot.records.searches import Findings, FoundBy, Hit
from bot.records.sources import CATEGORIES, Category, Feed, Hub, Offer
from bot.records.stories import Chronicle, Gathered, Joined, Membership, Story, StoryEdit
from bot.records.subscribers import Frequency, Place, Schedule, Subscriber, Subscription
from bot.records.watchlist import Subject, Topic, Watchlist

__all__ = [
    "CATEGORIES",
    "LOCAL",
    "PACES",
    "PAGE_PATTERNS",
    "RECENT",
    "Ask",
    "Attachment",
    "Capture",
    "Category",
    "Chronicle",
    "CommunityHead",
    "DayMark",
    "Deadline",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Disagreement",
    "Document",
    "Entry",
    "Feed",
    "FeedState",
    "Findings",
    "FoundBy",
    "Frequency",
    "Further",
    "Gate",
    "Gathered",
    "Health",
    "Held",
    "Hit",
    "Hub",
    "Item",
    "Joined",
    "Judged",
    "Label",
    "Letter",
    "LetterKind",
    "Match",
    "Member",
    "Membership",
    "Mention",
    "NoText",
    "Offer",
    "Operation",
    "Pace",
    "PagePattern",
    "Passage",
    "Place",
    "Reading",
    "Recipient",
    "Revision",
    "Schedule",
    "Section",
    "Sent",
    "Signer",
    "State",
    "StatedDay",
    "Story",
    "StoryEdit",
    "Subject",
    "Subscriber",
    "Subscription",
    "TextFrom",
    "Told",
    "Topic",
    "Unchanged",
    "Unread",
    "Verdict",
    "Watchlist",
    "Why",
]
