"""The nouns of Lookout: frozen values that every other module speaks in.

    Feed -> Document -> Entry -> Item (+ Revisions) -> Match, Mention -> Story -> Digest -> Delivery

All times are aware and in UTC. `None` means "not known", never "failed".
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, get_args

from bot.errors import Reason

Category = Literal["congress", "dhs", "government", "news", "advocacy"]
"""Who speaks. Primary sources are everything but news."""

CATEGORIES: tuple[Category, ...] = ("congress", "dhs", "government", "advocacy", "news")


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One address we poll, whatever its format.

    `kind` names a file in `feeds/`. `options` holds what that kind needs (selectors, article, ...),
    checked by the kind when feeds.yaml is read. It is asked every `every`, or, where it brings little, up to as seldom
    as every `slowest` (None: no more seldom).
    """

    id: str
    name: str
    kind: str
    url: str
    category: Category
    every: timedelta
    slowest: timedelta | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Document:
    """What one request brought back. `url` is the address that answered, after redirects; `asked` the one before.

    `asked` is empty where nobody asked (an import). `headers` are those of the answer, in its order and spelling:
    printable, at most 64 and 8 KiB in all; a cookie is not among them.
    """

    url: str
    body: bytes
    fetched: datetime
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    asked: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Capture:
    """What a source sent, kept as evidence: `packed` with zstd, with the SHA-256 (in hex) and size of what that was.

    `asked` was asked for, `url` answered, with `status` and `headers`, at `fetched`.
    """

    digest: str
    asked: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    fetched: datetime
    size: int
    packed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Unchanged:
    """The server says that what we have is current (304)."""

    url: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing a document lists, as the document says it.

    `title` is plain text; `content` is HTML or plain text, whatever came; `outlet` names who published
    it when that is not the feed's owner (Google News). `day_only`: `published` is a date at midnight in
    Washington, the time of day is not known. `text_url`: where its full text is, where that is not at `url`.
    """

    title: str
    url: str | None = None
    text_url: str | None = None
    guid: str | None = None
    content: str = ""
    full: bool = False  # content is known to be the whole article
    published: datetime | None = None
    day_only: bool = False
    language: str | None = None
    outlet: str | None = None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Where a feed says that it is pushed (WebSub): its hub, and what it is called there."""

    hub: str
    topic: str


@dataclass(frozen=True, kw_only=True)
class Hub:
    """Our subscription to a feed at its hub: `token` is in our address there, `secret` signs what comes.

    `asked`: when we last asked for it; `until`: how long the hub promised to tell us, None: it never did.
    """

    feed_id: str
    hub: str
    topic: str
    token: str
    secret: str
    asked: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Everything one document told: its entries in order, where the list goes on, and whether it is pushed."""

    entries: Sequence[Entry]
    next_page: str | None = None
    offer: Offer | None = None


TextFrom = Literal["article", "feed", "teaser", "title"]
"""Where an item's text comes from: its own page, a feed that carries the whole, a feed's summary, nowhere."""

Held = Literal["first poll", "too old", "flood", "import"]
"""Why an item was recorded without being announced."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something published.

    `id` is short and stable: the hash of the first key it was seen under. `address` is canonical, `url` as
    published. `text` is plain; paragraphs are separated by one blank line. `published` is never in the future; where
    `day_only`, its time of day is not known. `held`: recorded, not announced, and why. `begins`: where the text begins
    under what its site puts over everything (a banner), in code points.
    """

    id: str
    feed_id: str
    source: str
    category: Category
    title: str
    url: str
    address: str
    text: str
    text_from: TextFrom
    published: datetime
    day_only: bool
    first_seen: datetime
    language: str | None = None
    held: Held | None = None
    begins: int = 0


NoText = Reason | Literal["encrypted", "broken", "no PDF", "scanned", "empty", "not read yet"]
"""Why an attachment gave no text: it could not be fetched or read, wants a password, cannot be opened, is something
else, holds pictures of pages and nothing here can read them, holds nothing, or its turn has not come."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A PDF that an item links or is, most often a letter, as it was when `read`. `name`: what the link says.

    `text` is plain, as an item's is; `starts`: where each page that was looked at begins in it, in code points. `pages`
    counts all pages of the document, `unread` those of which nothing could be read, `ocr_pages` numbers those, from 1,
    that were read from a picture and may be misread. `reason`: why there is no text at all. `sha256`: of the file;
    empty where we never had it.
    """

    url: str
    name: str
    read: datetime
    text: str = ""
    starts: tuple[int, ...] = ()
    pages: int = 0
    unread: int = 0
    ocr_pages: tuple[int, ...] = ()
    reason: NoText | None = None
    sha256: str = ""

    def page_of(self, place: int) -> int:
        """Return the number of the page, from 1, on which a place in the text stands."""
        return max(1, bisect(self.starts, place))


@dataclass(frozen=True, kw_only=True)
class Revision:
    """An earlier version of an item's title and text, and when we saw that another had taken its place."""

    item_id: str
    seen: datetime
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What people follow. `examples` and `near_misses` are titles or short passages; `phrases` are matched as words.

    `misleading`: phrases of what is often mistaken for it; they speak against it in a title that has none of its own.
    `threshold` None: the one that belongs to the head that scores the topic.
    """

    id: str
    name: str
    description: str
    examples: tuple[str, ...]
    near_misses: tuple[str, ...]
    phrases: tuple[str, ...]
    misleading: tuple[str, ...] = ()
    threshold: float | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A named programme with its aliases."""

    id: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Watchlist:
    """All of feeds.yaml: what is followed, and where it is looked for.

    `keyless`: feeds that are not polled, since their addresses want a key that nobody gave us, with the setting for it.
    """

    topics: tuple[Topic, ...]
    subjects: tuple[Subject, ...]
    feeds: tuple[Feed, ...]
    keyless: tuple[tuple[Feed, str], ...] = ()


PagePattern = Literal[
    "media_body",  # the common House system
    "documentquery",  # the older House system
    "article",  # the newer Senate system
    "newscontent",  # headings, with the dates between them
    "recordlist",  # a table
    "wordpress",
    "jet_listing",  # WordPress with Elementor and JetEngine
    "element",
    "coldfusion",  # the old Senate system
    "next_data",  # drawn from JSON that the page carries
]
"""How a site of Congress shows its releases, where we know."""

PAGE_PATTERNS: tuple[PagePattern, ...] = get_args(PagePattern)


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of Congress or one side of a committee, and where its releases are.

    `id`: the bioguide id (M000133); of a committee its id in the public congress-legislators data, "-minority" behind
    it for the minority's side. `name` is the official one, `last` the last name alone ("" for a committee). `party` is
    in full; "majority" or "minority" for a committee. `state`: two letters, "" for a committee. `page` is what is
    polled, "" where no address is known; `pattern` how it is read, None: found out at each poll. `seen`: the last day
    on which somebody is known to have seen it work.
    """

    id: str
    name: str
    last: str
    party: str
    state: str
    chamber: Literal["house", "senate"]
    site: str
    page: str
    pattern: PagePattern | Literal["rss"] | None = None
    seen: date | None = None

    @property
    def is_committee(self) -> bool:
        """Is it a committee, and not a person?"""
        return not self.state


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A verbatim piece of an item: `text == getattr(item, where)[start:end]`, offsets in code points.

    `where` "letter": of the text of its attachment with the address `letter`; it begins on page `page`, from 1.
    """

    where: Literal["title", "text", "letter"]
    start: int
    end: int
    text: str
    letter: str | None = None
    page: int | None = None


Verdict = Literal["relevant", "not relevant", "wrong topic"]
"""What a person says of an item and a topic; the last two are both a no, the last to an item that belongs elsewhere."""

LOCAL = "local"
"""The community of those who sit at this machine: the terminal and the folder of digests."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """What one person said, in one community, of one item and topic, and when. `community`: a server, a workspace.

    In force until `undone`, which a later label of the same person does too. Never deleted.
    """

    community: str
    item_id: str
    topic_id: str
    verdict: Verdict
    by: str
    at: datetime
    undone: datetime | None = None
    undone_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class CommunityHead:
    """A topic's head as one community's labels moved it. `base` names the shipped head that it was moved from.

    Stored plain: `weights` in the order of the base's. `figures` are what was measured before it was put in force.
    """

    community: str
    topic_id: str
    base: str
    weights: tuple[float, ...]
    bias: float
    threshold: float
    made: datetime
    figures: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Match:
    """How much one item is about one topic, and why. Kept also when it is not flagged, so that we can say why not.

    `probability` is calibrated, 0 to 1; the item is flagged where it reaches `threshold`, unless the community that
    is told gave a `verdict`. `nearest_for` and `nearest_against` are the closest example and near miss with their
    cosine. `model` names model, revision and head.
    """

    item_id: str
    topic_id: str
    probability: float
    threshold: float
    passage: Passage
    phrases: tuple[str, ...]
    nearest_for: tuple[str, float] | None
    nearest_against: tuple[str, float] | None
    model: str
    verdict: Verdict | None = None

    @property
    def flagged(self) -> bool:
        """Is the item about the topic?"""
        return self.likely if self.verdict is None else self.verdict == "relevant"

    @property
    def likely(self) -> bool:
        """Is the item about the topic, as far as a head can tell?"""
        return self.probability >= self.threshold


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A subject found in an item, by which alias and where."""

    item_id: str
    subject_id: str
    passage: Passage


Pace = Literal["ok", "quiet", "late"]
"""How a source that can be read does: it brings something, is silent within its own rhythm, or beyond it."""

State = Literal["new", "off"] | Pace | Reason

PACES = get_args(Pace)

RECENT = 30
"""Polls of a feed of which we remember how they went."""


@dataclass(frozen=True, kw_only=True)
class FeedState:
    """What we know of a feed: its validators, when it was polled, and how that went.

    `address` is what the validators belong to: another address, other validators. `reason` and `detail` are
    those of the last failure while it lasts. `next_poll` None: at once. `note` is what else an operator should know.
    `rest`: the further page of its list from which it is still to be read, down to what was seen by `rest_since`;
    `rest_tries`: that failed.
    `recent`: how the last `RECENT` polls went, the oldest first, a character each: "." it answered, "x" it failed.
    `history`: the last hours in which it brought something, oldest first; `pace` is what they made of its silence at
    the last look. `off`: since when an operator has it switched off. `told`: the state that the operators were last
    told of, empty where all was well.
    """

    feed_id: str
    address: str = ""
    etag: str | None = None
    last_modified: str | None = None
    polled: datetime | None = None
    succeeded: datetime | None = None
    changed: datetime | None = None
    next_poll: datetime | None = None
    failures: int = 0
    reason: Reason | None = None
    detail: str | None = None
    note: str | None = None
    rest: str | None = None
    rest_since: datetime | None = None
    rest_tries: int = 0
    recent: str = ""
    history: tuple[datetime, ...] = ()
    pace: Pace = "ok"
    off: datetime | None = None
    told: str = ""

    @property
    def state(self) -> State:
        """In a word; of a source that cannot be read, why."""
        if self.off:
            return "off"
        if self.failures:
            return self.reason or "unreadable"
        return self.pace if self.succeeded else "new"

    @property
    def is_read(self) -> bool:
        """Did the last look show what there is?"""
        return self.state in PACES


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An item with what we think of it, its PDFs, and the names of the other sources that carry it at its address."""

    item: Item
    matches: tuple[Match, ...]
    mentions: tuple[Mention, ...]
    also: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


FoundBy = Literal["words", "meaning"]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An item that a search found. `snippet`: where it holds the words, None: it does not hold them all.

    `cosine`: how near its meaning is to that of the query, None: not near enough to be found by it.
    """

    judged: Judged
    snippet: str | None
    cosine: float | None

    @property
    def by(self) -> tuple[FoundBy, ...]:
        """By what it was found."""
        ways: tuple[tuple[FoundBy, object], ...] = (("words", self.snippet), ("meaning", self.cosine))
        return tuple(way for way, found in ways if found is not None)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a search found, best first. `without`: of the items searched, those that have no vector yet: only their
    words could be found. `note`: why meaning was left out, None where it was not.
    """

    hits: tuple[Hit, ...]
    without: int
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Story:
    """Items about one event, together. `items[0]` is the headline; `also`: who else has it, each source once.

    `id` is its number, or the headline's id while it is still to be placed. `matches` has the best of each topic, the
    surest first; `mentions` each subject once.
    """

    id: str
    items: tuple[Item, ...]
    matches: tuple[Match, ...]
    mentions: tuple[Mention, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def headline(self) -> Item:
        """The item that stands for the story."""
        return self.items[0]


Joined = Literal["first", "copy", "rewrite", "editor"]
"""By what an item came to its story: it began it, shares its text with another in it, tells the same in other words,
or an editor put it there."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """A story's items as they are stored: those that a reader follows, and the others; each headline first.

    `story_id` None: an item that is still to be placed, by itself.
    """

    story_id: int | None
    followed: tuple[Judged, ...]
    others: tuple[Judged, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Membership:
    """An item in its story: when it joined and how; because of which item, and how sure we were, 0 to 1."""

    item: Item
    joined: datetime
    how: Joined
    because: str | None
    probability: float | None


@dataclass(frozen=True, kw_only=True)
class StoryEdit:
    """What an editor said. A merge: `sides` are the stories as they were; a split: what stayed, and what left.

    In force until `undone`. Never deleted.
    """

    number: int
    kind: Literal["merge", "split"]
    by: str
    at: datetime
    sides: tuple[tuple[str, ...], ...]
    undone: datetime | None = None
    undone_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Chronicle:
    """A story with its history: its items, headline first, and every edit that named one of them, oldest first."""

    id: int
    items: tuple[Membership, ...]
    edits: tuple[StoryEdit, ...]
    first_seen: datetime
    last_seen: datetime

    @property
    def headline(self) -> Item:
        """The first primary source, before any report."""
        return self.items[0].item


Frequency = Literal["at once", "hourly", "daily", "weekdays", "weekly", "off"]
"""How often a subscription tells what is new."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a subscription is told. `at`: the local time of a daily, weekday or weekly one; `day`: 0 is Monday."""

    every: Frequency = "daily"
    at: time = time(7)
    day: int = 0


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What a subscriber follows; everything left empty means all. `words`: phrases, one of which must occur.

    An item is of the right source where its category or its feed is named.

    `threshold`: the probability from which an item counts; None: as the topic's head says. `schedule` None: the
    subscriber's. `by`: who asked for it.
    """

    id: str
    topics: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    feeds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    threshold: float | None = None
    schedule: Schedule | None = None
    by: str = ""


Place = Literal["channel", "forum", "flat", "direct"]
"""What a destination is: one where threads can hang on messages, one of posts, one that has neither, one person."""


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """A destination: what it follows, when it may be told, and in what form.

    `community`: whose labels and heads decide what is flagged; empty: nobody's, the shipped ones. `quiet`: from when
    until when, in local time, what is due is held and told together afterwards. `mention`: who is called, in the
    medium's own words, where a match has at least the probability `mention_from`. `gone`: since when it refuses us.
    `now`: somebody asked for a digest at once. `handle`: what stands for the subscriber in links that are sent to it,
    where the medium needs some. `consented`: when a person confirmed that they want to be told.
    """

    id: str
    medium: str
    address: str
    zone: str
    community: str = ""
    subscriptions: tuple[Subscription, ...] = ()
    schedule: Schedule = Schedule()
    quiet: tuple[time, time] | None = None
    compact: bool = False
    mention: str | None = None
    mention_from: float = 0.9
    place: Place = "channel"
    paused: bool = False
    now: bool = False
    gone: datetime | None = None
    handle: str = ""
    consented: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """One topic's stories, in the order they are read."""

    topic: Topic
    stories: tuple[Story, ...]


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A source we could not look at, and since when we have not (None: never could)."""

    feed_id: str
    name: str
    reason: str
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What a reader is told of the period from `since` to `until`, with times in `zone`, an IANA name.

    `watched` counts the sources looked at, `unread` those of them that gave nothing; `subjects` maps ids to names.
    """

    zone: str
    since: datetime
    until: datetime
    sections: tuple[Section, ...]
    unread: tuple[Unread, ...]
    watched: int
    subjects: Mapping[str, str] = field(default_factory=dict)


DeliveryState = Literal["waiting", "sending", "sent", "failed", "gone"]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One digest on its way to one subscriber: an outbox row.

    `parts` is what the medium sends, in order, as it will be sent; `refs` names those that arrived, in the medium's own
    words, so that the next part is `parts[len(refs)]`. `text` is the digest as plain text, for the archive. `key` is
    unique and stable, 20 characters; the medium can be asked for it: an uncertain part is looked up, not repeated.
    `urgent`: somebody waits for it, so that quiet hours and pauses do not hold it.
    """

    key: str
    subscriber_id: str
    medium: str
    address: str
    composed: datetime
    text: str
    parts: tuple[Mapping[str, Any], ...]
    refs: tuple[str, ...] = ()
    state: DeliveryState = "waiting"
    attempts: int = 0
    urgent: bool = False

    @property
    def part(self) -> Mapping[str, Any]:
        """The part that is to be sent next."""
        return self.parts[len(self.refs)]


@dataclass(frozen=True, kw_only=True)
class Told:
    """That a subscriber was told of an item: in which delivery, and what became of it."""

    subscriber_id: str
    key: str
    composed: datetime
    state: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something an operator did on the web site, in words."""

    by: str
    at: datetime
    did: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A digest as it was sent, for the archive: of which time it tells, when it was composed, and its plain text."""

    key: str
    since: datetime
    until: datetime
    composed: datetime
    text: str
    state: DeliveryState


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One thing an item had to pass on its way to a reader."""

    name: str
    passed: bool
    says: str


@dataclass(frozen=True, kw_only=True)
class Why:
    """Everything we know about why an item was told, or not. `against`: misleading phrases in its title, by topic."""

    judged: Judged
    gates: tuple[Gate, ...]
    told: tuple[Told, ...]
    revisions: tuple[Revision, ...]
    labels: tuple[Label, ...] = ()
    against: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Health:
    """How one feed does: its state, how many items it showed us in all, and when the last new one."""

    feed: Feed
    state: FeedState
    items: int
    newest: datetime | None
