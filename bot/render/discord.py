"""Digests and replies as Discord takes them: plain data for its HTTP API v10, within its limits by construction.

A digest is a list of parts, which are sent in order:

    {"do": "message", "body": ...}   to the channel            {"do": "thread", "body": ...}   on the first message
    {"do": "post", "body": ...}      the forum's post of a day {"do": "reply", "body": ...}    in that thread or post

Every message carries the mark of its delivery and part: as its nonce, and after the @ of a component's id, which the
channel's history shows when the nonce is forgotten. Lengths are counted in UTF-16 code units, the most that Discord
may count, and kept below its limits with a margin (documentation of API v10: message, embed, component limits).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.records import Digest, Subscriber
from bot.render import summary, words
from bot.render.cards import digest_cards
from bot.replies import Button, Card, Choice, Code, Line, Paging, Reply, Strong

Data = dict[str, Any]

EMBED = 3_800
"""Characters of an overview in one message: Discord takes 4,096 in a description and 6,000 in all embeds together."""

DISPLAYED = 3_700
"""Characters of all text displays of a message of cards, or of a reply: Discord takes 4,000."""

CARDS = 4
"""Cards in one message, each with a row of four buttons: 24 of at most 40 components."""

OTHERS = 250
"""Characters of those that are kept for what stands above and below the cards."""

FOOT, LEAST = 120, 30
"""Characters of a piece of a footer at most, and of a quotation at least."""

TITLE, SOURCE, QUOTE, CARD_QUOTE, WHY = 120, 45, 170, 340, 170
"""Characters shown of each, what escapes them included."""

LABEL, LONGEST_ID, LONGEST_URL, OPTIONS, OPTION = 78, 100, 512, 25, 95

CHUNK = 90
"""Characters of a page's state in the id of one button: the whole is spread over its row."""

CHOOSE = "Details of one, and what you think of it"
COLOUR = 0x2B5B84
COMPONENTS_V2 = 1 << 15
NOBODY: Data = {"parse": []}
_STYLES = {"primary": 1, "plain": 2, "danger": 4}


def digest(told: Digest, reader: Subscriber, key: str) -> list[Data]:
    """Return the parts of a digest."""
    sections = digest_cards(told)
    cards = [card for _, some in sections for card in some]
    overviews = _overviews(sections)
    first = _parent(told, reader, len(cards), overviews[0], key)
    rest = [_overview(text, some) for text, some in overviews[1:]]
    detailed = len(cards) > 1 and not reader.compact and reader.place != "flat"
    if detailed:
        rest += [_details(cards[n : n + CARDS]) for n in range(0, len(cards), CARDS)]
    threaded = reader.place == "channel" and detailed
    parts = [_first(told, reader, first)]
    if threaded:
        name = f"{summary.heading(told, len(cards))}, {summary.day(told)}"
        parts.append({"do": "thread", "body": {"name": words.cut(name, 95), "auto_archive_duration": 1440}})
    where = "reply" if threaded or reader.place == "forum" else "message"
    for n, body in enumerate(rest, len(parts)):
        parts.append({"do": where, "body": _marked(body, f"{key}.{n}")})
    return parts


def _first(told: Digest, reader: Subscriber, first: Data) -> Data:
    if reader.place != "forum":
        return {"do": "message", "body": first}
    return {
        "do": "post",
        "body": {"name": f"Lookout, {summary.day(told)}", "auto_archive_duration": 1440},
        "message": first,
    }


def notice(part: Mapping[str, str], mark: str) -> Data:
    """Return a sentence to a channel or a person as a message: {"notice": ..., "by": person, "where": channel}."""
    person, channel = part.get("by", "").removeprefix("discord:"), part.get("where", "")
    where = f"<#{channel}>: " if channel.isdecimal() else ""
    whose = f" (by <@{person}>)" if person.isdecimal() else ""
    body = {
        "content": f"{where}{_lines(part['notice'])}{whose}",
        "components": [_sources()],
        "allowed_mentions": NOBODY,
    }
    return _marked(body, mark)


def _parent(told: Digest, reader: Subscriber, stories: int, overview: tuple[str, list[Card]], key: str) -> Data:
    calls = reader.mention is not None and summary.calls(told, reader.mention_from)
    role = f"<@&{reader.mention}> " if calls else ""
    text, cards = overview
    embed: Data = {"color": COLOUR, "footer": {"text": words.cut(summary.sources(told), 1_000)}}
    controls = _controls(cards)
    if told.unread or not cards:
        controls.append(_sources())
    body: Data = {
        "content": f"{role}**Lookout** · {summary.heading(told, stories)} · {escaped(summary.period(told))}",
        "embeds": [{"description": text} | embed if text else embed],
        "components": controls,
        "allowed_mentions": {"parse": [], "roles": [reader.mention]} if calls else NOBODY,
    }
    return _marked(body, f"{key}.0")


def _controls(cards: Sequence[Card]) -> list[Data]:
    """Return what is under stories as lines: the buttons of the only one, or a list of all to choose from."""
    if len(cards) == 1:
        return [_row(_buttons_of(cards[0]))]
    lists = [cards[n : n + OPTIONS] for n in range(0, len(cards), OPTIONS)]
    return [_row([_select("card", CHOOSE, [_option(card) for card in some])]) for some in lists]


def _sources() -> Data:
    return _row([_button(Button(id="feeds", label="How the sources do"))])


def _overviews(sections: Sequence[tuple[str, Sequence[Card]]]) -> list[tuple[str, list[Card]]]:
    """Return the stories as lines, as many texts as they need, each with its stories.

    There is at least one, empty where there are no stories.
    """
    texts: list[tuple[str, list[Card]]] = [("", [])]
    number = 0
    for name, cards in sections:
        for n, card in enumerate(cards):
            number += 1
            heading = f"**{fitting(name, 100)}** ({len(cards)})\n" if n == 0 else ""
            line = f"{heading}{_line(card, number)}\n"
            text, told = texts[-1]
            if words.utf16(text + line) > EMBED or len(told) == OPTIONS:
                texts.append((line, [card]))
            else:
                texts[-1] = (text + line, [*told, card])
    return texts


def _line(card: Card, number: int) -> str:
    """Return a story in two lines, always: when, title, source, on how many others; the sentence that matched."""
    link = f" [↗](<{_target(card.url)}>)" if card.url and len(_target(card.url)) <= LONGEST_URL else ""
    also = f" · also on {len(card.also)}" if card.also else ""
    quote = fitting(card.quote, QUOTE) if card.quote else "its title says it"
    return f"{_short(card, number, TITLE)} · {fitting(card.source, SOURCE)}{also}{link}\n> {quote}"


def _target(url: str) -> str:
    """Return an address as the target of a link that nothing in it can end, or begin anew."""
    return re.sub(r"[()\[\]*]", lambda c: f"%{ord(c[0]):02X}", url)


def _short(card: Card, number: int, title: int) -> str:
    return f"`{number}` {escaped(card.when)} · **{fitting(card.title, title)}**"


def _overview(text: str, cards: Sequence[Card]) -> Data:
    return {
        "embeds": [{"description": text, "color": COLOUR}],
        "components": _controls(cards),
        "allowed_mentions": NOBODY,
    }


def _details(cards: Sequence[Card]) -> Data:
    return {"flags": COMPONENTS_V2, "components": _shown(cards), "allowed_mentions": NOBODY}


def _shown(cards: Sequence[Card], room: int = DISPLAYED) -> list[Data]:
    shown = []
    for card in cards:
        shown.append(_text(_card(card, room // len(cards))))
        shown.append(_row(_buttons_of(card)))
    return shown


def _card(card: Card, room: int) -> str:
    """Return an item in full in at most `room` code units, which are at least 600: the quotation gets what is left."""
    also = f" · also on {len(card.also)}: {', '.join(card.also)}" if card.also else ""
    title = f"**{fitting(card.title, 180)}**"
    source = fitting(f"{card.source} ({card.category}) · {card.moment}{also}", 180)
    why = f"-# {fitting(card.why, WHY)} · `{card.item_id}`"
    due = f"**{card.due}**" if card.due else ""
    left = min(CARD_QUOTE, room - words.utf16(f"{title}\n{source}\n{due}\n> \n{why}"))
    quote = f"> {fitting(card.quote, left)}" if card.quote and left > LEAST else ""
    return "\n".join(line for line in (title, source, due, quote, why) if line)


def _buttons_of(card: Card) -> list[Data]:
    ids = [(f"yes:{card.item_id}:{card.topic_id}", "Relevant"), (f"no:{card.item_id}:{card.topic_id}", "Not relevant")]
    said = [Button(id=id_, label=label) for id_, label in ids if card.topic_id is not None]
    buttons = [_button(one) for one in (*said, Button(id=f"why:{card.item_id}", label="Why"))]
    if card.url and len(card.url) <= LONGEST_URL:
        buttons.append({"type": 2, "style": 5, "label": "Open", "url": card.url})
    return buttons


# -- replies --------------------------------------------------------------------------------------------------


def reply(said: Reply) -> Data:
    """Return an answer as the body of a message. It is for the asker alone where it answers a deferral that was so."""
    texts = [f"### {fitting(said.title, 200)}"] if said.title else []
    texts += [_said(line) for line in said.lines]
    footer = [f"-# {_said(line, FOOT)}" for line in said.footer[:2]]
    if said.brief:
        lines = [_line(card, n) for n, card in enumerate(said.cards, 1)]
        fit = sum(words.utf16(text) + 1 for text in (*texts, *lines, *footer)) < DISPLAYED - 30
        texts += lines if fit else [_row_of(card, n) for n, card in enumerate(said.cards, 1)]
    shown = [] if said.brief else _shown(said.cards, DISPLAYED - OTHERS - sum(map(words.utf16, footer)))
    room = DISPLAYED - sum(words.utf16(one.get("content", "")) for one in shown) - sum(map(words.utf16, footer))
    components = [_text(_all_of(texts, room))] if texts else []
    components += [*shown, *map(_text, footer)]
    if said.choice:
        components.append(_row([_select(said.choice.id, said.choice.label, _options(said.choice))]))
    if said.buttons:
        components.append(_row([_button(button) for button in said.buttons]))
    if said.paging and (said.paging.more or said.paging.page > 1) and (pages := _pages(said.paging)):
        components.append(_row(pages))
    return {"flags": COMPONENTS_V2, "components": components or [_text("Nothing.")], "allowed_mentions": NOBODY}


def _row_of(card: Card, number: int) -> str:
    return f"{_short(card, number, 85)} · {fitting(card.source, 25)}"


def _all_of(lines: Sequence[str], room: int) -> str:
    """Return as many of the lines as there is room for, and how many were left out."""
    kept: list[str] = []
    for n, line in enumerate(lines):
        if words.utf16("\n".join((*kept, line))) > room - 30:
            return "\n".join((*kept, f"… and {len(lines) - n} more"))
        kept.append(line)
    return "\n".join(kept)


def _pages(paging: Paging) -> list[Data]:
    """Return Previous, where we are, and Next; what must be known to go on is spread over their ids."""
    chunks = _chunks(paging.state) or [""]
    first, middle, last, *more = [*chunks, "", "", ""][: max(3, len(chunks))]
    buttons = [
        _button(Button(id=f"page:{paging.page - 1}|{first}", label="Previous"), disabled=paging.page == 1),
        _button(Button(id=f"state:1|{middle}", label=f"Page {paging.page}"), disabled=True),
        _button(Button(id=f"page:{paging.page + 1}|{last}", label="Next"), disabled=not paging.more),
    ]
    buttons += [_button(Button(id=f"state:{n}|{chunk}", label="…"), disabled=True) for n, chunk in enumerate(more, 2)]
    return buttons if len(buttons) <= 5 else []  # as long a question as that has one page


def _chunks(value: str) -> list[str]:
    """Return text in pieces of at most `CHUNK` UTF-16 code units."""
    chunks: list[str] = []
    for character in value:
        if not chunks or words.utf16(chunks[-1] + character) > CHUNK:
            chunks.append("")
        chunks[-1] += character
    return chunks


def state(ids: Iterable[str]) -> str:
    """Return what `_pages` spread over the ids of a row of buttons, in their order."""
    return "".join(id_.partition("|")[2] for id_ in ids)


def items(message: Data) -> dict[str, str]:
    """Return the items that a message of ours shows: their titles by their ids, in order."""
    found: dict[str, str] = {}
    title = ""
    for component in components(message):
        if "content" in component:  # what stands above an item's buttons begins with its title
            title = re.sub(r"\\(.)", r"\1", str(component["content"]).split("\n")[0].strip("*"))
        verb, *rest = str(component.get("custom_id", "")).partition("@")[0].split(":")
        if verb == "why" and rest:
            found.setdefault(rest[0], title or rest[0])
        if verb == "card":
            found |= {str(one.get("value")): str(one.get("label")) for one in component.get("options", ())}
    return found


def mark(message: Data) -> str:
    """Return the mark of the delivery and part that a message of ours was sent for; empty where it has none."""
    marks = (str(one.get("custom_id", "")).partition("@")[2] for one in components(message))
    return next((found for found in marks if found), "")


def components(message: Data) -> list[Data]:
    """Return all components of a message, wherever in it."""
    found, left = [], list(message.get("components") or ())
    while left:
        one = left.pop(0)
        found.append(one)
        left = [*(one.get("components") or ()), *left]
    return found


# -- the small parts ------------------------------------------------------------------------------------------

_MARKUP = re.compile(
    r"[\\`*~|\[\]<]|_(?=_)|(?<=_)_|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//|[\w+-]+:)|\.(?=\w+/)|^[-+>#]"
)
"""What Discord makes markup, links, invitations, emoji, timestamps or mentions of; the last, at the start of a line."""
_NUMBERED = re.compile(r"^(\d+)([.)])")


def escaped(value: str) -> str:
    """Return text on one line in which Discord sees no markup, link, emoji, timestamp or mention.

    Discord takes a backslash before any sign for that sign. It does not stop `@everyone`, which gets an invisible
    joint after its @ (and `allowed_mentions` calls nobody).
    """
    return words.uncalled(_NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", words.plain(value))))


def fitting(value: str, most: int) -> str:
    """Return text escaped, cut so that with what escapes it, it has at most `most` UTF-16 code units."""
    room = most
    while words.utf16(text := escaped(words.cut(value, room))) > most and room > 1:
        room -= max(1, (words.utf16(text) - most) // 2)
    return text


def _lines(value: str, most: int = 1_800) -> str:
    """Return text of several lines with its line breaks, as many lines as fit."""
    written = ""
    for line in value.splitlines():
        written = "\n".join(filter(None, (written, fitting(line, most - words.utf16(written) - 1))))
        if words.utf16(written) > most - 20:
            break
    return written


def _said(line: Line, most: int = 800) -> str:
    return "".join(_span(span, most) for span in line)


def _span(span: str | Strong | Code, most: int) -> str:
    if isinstance(span, Strong):
        return f"**{fitting(span.text, min(most, 300))}**"
    if isinstance(span, Code):
        return f"`{words.plain(span.text).replace('`', 'ˋ')}`"
    lead = " " if span[:1] == " " else ""
    tail = " " if span.strip() and span[-1:] == " " else ""
    return f"{lead}{fitting(span, most)}{tail}"


def _text(content: str) -> Data:
    return {"type": 10, "content": content}


def _row(inside: Sequence[Data]) -> Data:
    return {"type": 1, "components": list(inside)}


def _button(button: Button, *, disabled: bool = False) -> Data:
    made: Data = {
        "type": 2,
        "style": _STYLES[button.style],
        "label": words.cut(button.label, LABEL),
        "custom_id": button.id[:LONGEST_ID],
    }
    return made | {"disabled": True} if disabled else made


def _select(id_: str, label: str, options: Sequence[Data]) -> Data:
    return {"type": 3, "custom_id": id_, "placeholder": words.cut(label, 140), "options": list(options)}


def _option(card: Card) -> Data:
    made = {"label": words.cut(card.title, OPTION) or card.item_id, "value": card.item_id}
    return made | {"description": words.cut(f"{card.when} · {card.source}", OPTION)}


def _options(choice: Choice) -> list[Data]:
    made = []
    for one in choice.options[:OPTIONS]:
        option = {"label": words.cut(one.label, OPTION) or one.value, "value": one.value}
        made.append(option | {"description": words.cut(one.says, OPTION)} if one.says else option)
    return made


def _nonce(mark_: str) -> Data:
    return {"nonce": mark_[:25], "enforce_nonce": True}


def _marked(body: Data, mark_: str) -> Data:
    """Return the body with its mark: in its nonce, and in the id of the first component that is ours."""
    first = next(
        one for one in components(body) if str(one.get("custom_id", "")).split(":")[0] in ("why", "card", "feeds")
    )

    def with_mark(one: Data) -> Data:
        if one is first:
            return one | {"custom_id": f"{one['custom_id']}@{mark_}"}
        return one | {"components": [with_mark(inside) for inside in one["components"]]} if "components" in one else one

    return body | {"components": [with_mark(one) for one in body["components"]]} | _nonce(mark_)
