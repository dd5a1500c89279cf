"""Digests and answers full of what strangers wrote, for the tests of what chats are shown."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st

from bot.records import Digest, Mention, Passage, Section, Story, Subscriber, Unread
from bot.render import cards
from bot.replies import Card
from tests.written import BORDERS, FACES, NOON, digest, item, match

KEY = "k" * 20

PIECES = (
    "@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "<:party:1>", "<t:1>", "</help:1>", "<id:guide>", ":smile:",
    "<!channel>", "<!here|x>", "<http://evil.example|x>", "<@U1>", "<#C1>", "<!subteam^S1>", "&lt;!channel&gt;",
    "[x](http://evil.example)", "[courier.example](<http://evil.example>)", "http://evil.example/x", "discord.gg/evil",
    "**bold**", "*it*", "__under__", "_it_", "~~gone~~", "||spoiler||", "`code`", "```block```", "\\", "\\*", "\\\\`",
    "# Heading", "-# small", "> quote", ">>> all", "- item", "* item", "1. item", "12) item", "***", "____", "](", ")",
    "a\u202etxt.exe\u2066", "\u200b", "\u200f", "\ufeff", "\ud800", "\udfff", "😀", "👨\u200d👩\u200d👧", "e\u0301",
    "\n", "\n\n# x\n", "\r\n- y", "\u2028", "\x1b[2J", "\x00", "", " ", "snake_case_words", "日本語",
    "A" * 300, "word " * 80, "*" * 200, "<" * 150, "𝕏" * 100,
)  # fmt: skip

texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=5).map("".join)

addresses = st.sampled_from(
    (
        "https://courier.example/a", "http://courier.example/b?x=1&y=%20#z", "javascript:alert(1)", "",
        "https://courier.example/" + "x" * 600, "https://courier.example/" + "x" * 4_000, "https://courier.example/ü😀",
        "https://courier.example/<@1>*_~`|", "//courier.example/x", "https://user:pass@evil.example/",
        "data:text/html,x",
        "https://courier.example/a\n\u202eb\ud800", "ftp://courier.example/x", "https://",
    )
)  # fmt: skip


@st.composite
def stories(draw: st.DrawFn, most: int = 60) -> list[Story]:
    """Up to so many stories; what they say is drawn from a handful of texts, for every text drawn takes time."""
    pool = draw(st.lists(texts, min_size=1, max_size=8))
    links = draw(st.lists(addresses, min_size=1, max_size=4))
    pick = draw(st.randoms(use_true_random=False))
    return [_story(n, lambda: pick.choice(pool), pick.choice(links)) for n in range(draw(st.integers(0, most)))]


def _story(n: int, said: Callable[[], str], url: str) -> Story:
    # Every title has something that can be seen: `items.acceptance` calls the others by their first words.
    text = f"Sample {said()}" if n % 3 else ""
    headline = item(
        f"id{n:010}",
        title=f"{said()}t{n} {said()}",
        source=said(),
        url=url,
        text=text,
        published=NOON - timedelta(days=n % 2),
    )
    matches = (match(headline, phrases=(said(), "face scan*")), match(headline, "borders", 0.7))
    passage = Passage(where="title", start=0, end=1, text=headline.title[:1])
    mentions = (Mention(item_id=headline.id, subject_id="s", passage=passage),)
    also = tuple(said() for _ in range(n % 4))
    return Story(id=headline.id, items=(headline,), matches=matches, mentions=mentions, also=also)


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    """A digest in one or two sections, of up to 60 stories, with sources that could not be read."""
    told, says = draw(stories()), draw(texts)
    cut = draw(st.integers(0, len(told)))
    sections = ((FACES, told[:cut]), (BORDERS, told[cut:]))
    unread = tuple(
        Unread(feed_id=f"f{n}", name=says or "x", reason="blocked", since=None) for n in range(draw(st.integers(0, 5)))
    )
    return digest(
        sections=tuple(Section(topic=topic, stories=tuple(some)) for topic, some in sections if some),
        unread=unread,
        watched=9,
        subjects={"s": says},
    )


readers = st.builds(
    Subscriber,
    id=st.just("discord:1"),
    medium=st.just("discord"),
    address=st.just("1"),
    zone=st.sampled_from(("America/New_York", "Asia/Tokyo", "UTC")),
    compact=st.booleans(),
    mention=st.none() | st.just("S123"),
    place=st.sampled_from(("channel", "forum", "flat")),
)


def shown(told: Digest) -> list[Card]:
    """The stories of a digest in the order in which they are told."""
    return [card for _, some in cards.digest_cards(told) for card in some]
