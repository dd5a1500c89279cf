"""Digests and replies as Slack takes them: plain data for its Web API, within its limits by construction.

A digest is a list of parts, which are sent in order:

    {"do": "message", "body": ...}   to the channel          {"do": "reply", "body": ...}   in its thread

Every message carries the mark of its delivery and part in its metadata, which the channel's history shows. What came
from outside stands in rich text elements, which Slack takes as they are: nothing in them is markup, link or mention.
Only the fallback text, for notifications, is read by Slack as markup; it is escaped. Limits are those of Slack's
documentation of blocks, and for all text of a message what is observed (13,200 characters).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.records import Digest, Subscriber
from bot.render import summary, words
from bot.render.cards import digest_cards
from bot.replies import Button, Card, Choice, Code, Field, Form, Line, Paging, Reply, Strong

Data = dict[str, Any]

OVERVIEW = 20
"""Stories as lines in one message: 20 of at most 400 characters, and 140 in a list to choose from, are 10,800."""

CARDS = 5
"""Cards in one message: 15 blocks, 5,500 characters."""

TITLE, SOURCE, QUOTE, CARD_TITLE, CARD_QUOTE, WHY = 120, 45, 170, 180, 400, 200
"""Characters shown of each."""

HEADER, LABEL, OPTION, OPTIONS, LONGEST_URL, LONGEST_ID, FALLBACK = 140, 70, 70, 25, 3_000, 250, 2_500

SAID = 6_000
"""Characters of a reply's lines."""

LABELS = {"plain": {}, "primary": {"style": "primary"}, "danger": {"style": "danger"}}

EVENT = "lookout_delivery"
"""What our metadata is called."""


def digest(told: Digest, reader: Subscriber, key: str) -> list[Data]:
    """Return the parts of a digest."""
    sections = digest_cards(told)
    cards = [card for _, some in sections for card in some]
    numbered = [(name if n == 0 else "", card) for name, some in sections for n, card in enumerate(some)]
    chunks = [numbered[n : n + OVERVIEW] for n in range(0, len(numbered), OVERVIEW)] or [[]]
    bodies = [_parent(told, reader, cards, _overview(chunks[0], 1))]
    for n, chunk in enumerate(chunks[1:], 1):
        begin, inside = n * OVERVIEW + 1, [card for _, card in chunk]
        bodies.append(_body(f"Stories {begin} and on", [_overview(chunk, begin), *_controls(inside)]))
    if len(cards) > 1 and not reader.compact:
        bodies += [_details(cards[n : n + CARDS]) for n in range(0, len(cards), CARDS)]
    return [
        {"do": "reply" if n else "message", "body": body | {"metadata": _metadata(key, n)}}
        for n, body in enumerate(bodies)
    ]


def notice(part: Mapping[str, str], key: str, n: int) -> Data:
    """Return a sentence to a channel or a person as a message: {"notice": ..., "by": person, "where": channel}."""
    says = _ASKED.sub("/lookout ", part["notice"])
    person, channel = part.get("by", "").removeprefix("slack:"), part.get("where", "")
    first, *others = says.splitlines() or [""]
    elements: list[Data] = [_words(first), *(part for line in others for part in (_words("\n"), _words(line)))]
    if re.fullmatch(r"[A-Z0-9]{3,}", channel):
        elements = [{"type": "channel", "channel_id": channel}, _words(": "), *elements]
    if re.fullmatch(r"[A-Z0-9]{3,}", person):
        elements += [_words(" (by "), {"type": "user", "user_id": person}, _words(")")]
    return _body(says, [_rich([_section(elements)])]) | {"metadata": _metadata(key, n)}


def _metadata(key: str, n: int) -> Data:
    return {"event_type": EVENT, "event_payload": {"delivery": key, "part": n}}


def _parent(told: Digest, reader: Subscriber, cards: Sequence[Card], overview: Data | None) -> Data:
    heading = summary.heading(told, len(cards))
    blocks: list[Data] = [{"type": "header", "text": _plain(f"Lookout: {heading}", HEADER)}]
    calls = reader.mention is not None and summary.calls(told, reader.mention_from)
    if calls:
        blocks.append(_rich([_section([{"type": "usergroup", "usergroup_id": reader.mention}])]))
    blocks.append({"type": "context", "elements": [_plain(summary.period(told), 300)]})
    if overview:
        blocks.append(overview)
    blocks.append({"type": "context", "elements": [_plain(summary.sources(told), 700)]})
    blocks += _controls(cards[:OVERVIEW])
    if told.unread or not cards:
        blocks.append(_actions([_button(Button(id="feeds", label="How the sources do"))]))
    first = f": {cards[0].title}" if cards else ""
    return _body(f"Lookout: {heading}{first}", blocks)


def _controls(cards: Sequence[Card]) -> list[Data]:
    """Return what is under stories as lines: the buttons of the only one, or a list of all to choose from."""
    if not cards:
        return []
    if len(cards) == 1:
        return [_actions(_buttons_of(cards[0]))]
    options = [_option(card.item_id, card.title, f"{card.when} · {card.source}") for card in cards]
    return [_actions([_select("card", "Details of one", options)])]


def _overview(chunk: Sequence[tuple[str, Card]], number: int) -> Data | None:
    """Return stories in two lines each, always: when, title, source, on how many others; the sentence that matched."""
    elements: list[Data] = []
    for n, (heading, card) in enumerate(chunk, number):
        if heading:
            elements.append(_section([_words(words.cut(heading, 100), bold=True)]))
        elements += _line(card, n)
    return _rich(elements) if elements else None


def _line(card: Card, number: int) -> list[Data]:
    also = f" · also on {len(card.also)}" if card.also else ""
    said = [
        _words(f"{number}. {card.when} · "),
        _words(words.cut(card.title, TITLE), bold=True),
        _words(f" · {words.cut(card.source, SOURCE)}{also} "),
        *_open(card, "↗"),
    ]
    quote = words.cut(card.quote, QUOTE) if card.quote else "its title says it"
    return [_section(said), {"type": "rich_text_quote", "elements": [_words(quote)]}]


def _details(cards: Sequence[Card]) -> Data:
    blocks = [block for card in cards for block in (*_shown(card), {"type": "divider"})]
    return _body("; ".join(card.title for card in cards), blocks[:-1])


def _shown(card: Card) -> list[Data]:
    also = f" · also on {len(card.also)}: {', '.join(card.also)}" if card.also else ""
    elements = [
        _section([_words(words.cut(card.title, CARD_TITLE), bold=True)]),
        _section([_words(words.cut(f"{card.source} ({card.category}) · {card.moment}{also}", CARD_TITLE))]),
    ]
    if card.due:
        elements.append(_section([_words(card.due, bold=True)]))
    if card.quote:
        elements.append({"type": "rich_text_quote", "elements": [_words(words.cut(card.quote, CARD_QUOTE))]})
    elements.append(_section([_words(f"{words.cut(card.why, WHY)} · "), _words(card.item_id, code=True)]))
    return [_rich(elements), _actions(_buttons_of(card))]


def _buttons_of(card: Card) -> list[Data]:
    ids = [(f"yes:{card.item_id}:{card.topic_id}", "Relevant"), (f"no:{card.item_id}:{card.topic_id}", "Not relevant")]
    buttons = [_button(Button(id=id_, label=label)) for id_, label in ids if card.topic_id is not None]
    buttons.append(_button(Button(id=f"why:{card.item_id}", label="Why")))
    if card.url and len(card.url) <= LONGEST_URL:
        opened = {"type": "button", "text": _plain("Open", LABEL), "action_id": f"open:{card.item_id}"}
        buttons.append(opened | {"url": card.url})
    return buttons


# -- replies --------------------------------------------------------------------------------------------------


def reply(said: Reply) -> Data:
    """Return an answer: `text` and `blocks`."""
    blocks: list[Data] = []
    if said.title:
        blocks.append({"type": "header", "text": _plain(said.title, HEADER)})
    if lines := _all_of(said.lines):
        blocks.append(_rich([_section(lines)]))
    if said.brief and said.cards:
        blocks.append(_rich([part for n, card in enumerate(said.cards, 1) for part in _line(card, n)]))
    if not said.brief:
        blocks += [block for card in said.cards for block in _shown(card)]
    if lines := _all_of(said.footer):
        blocks.append(_rich([_section(lines)]))
    controls = [_select(said.choice.id, said.choice.label, _options(said.choice))] if said.choice else []
    controls += [_button(button) for button in said.buttons]
    if said.paging and (said.paging.more or said.paging.page > 1):
        controls += _pages(said.paging)
    if controls:
        blocks.append(_actions(controls))
    first = ["".join(span if isinstance(span, str) else span.text for span in line) for line in said.lines[:1]]
    text = said.title or "".join(first) or "; ".join(card.title for card in said.cards) or "Lookout"
    return {"text": fallback(text), "blocks": blocks or [_rich([_section([_words("Nothing.")])])]}


def _all_of(lines: Sequence[Line]) -> list[Data]:
    """Return as many of the lines as there is room for, one below the other, and how many were left out."""
    elements: list[Data] = []
    length = 0
    for n, line in enumerate(lines):
        spans = [_span(span) for span in line]
        length += sum(len(span["text"]) + 1 for span in spans)
        if length > SAID:
            return [*elements, _words(f"\n… and {len(lines) - n} more")]
        elements += [*([{"type": "text", "text": "\n"}] if elements else []), *spans]
    return elements


def _span(span: str | Strong | Code) -> Data:
    if isinstance(span, Strong):
        return _words(words.cut(span.text, 300), bold=True)
    if isinstance(span, Code):
        return _words(_ASKED.sub("/lookout ", words.cut(span.text, 300)), code=True)
    return _words(_ASKED.sub("/lookout ", words.cut(span, 1_000)))


_ASKED = re.compile(r"(?<![^\s(])/(?=[a-z]{3})(?!invite)")
"""How our own sentences name a command: Slack has one, /lookout, and the rest is said after it."""


def _pages(paging: Paging) -> list[Data]:
    pages = []
    if paging.page > 1:
        pages.append(_button(Button(id=f"page:{paging.page - 1}", label="Previous"), value=paging.state))
    if paging.more:
        pages.append(_button(Button(id=f"page:{paging.page + 1}", label="Next"), value=paging.state))
    return pages


def form(asked: Form, kept: str) -> Data:
    """Return a form as a modal; `kept` comes back with what was filled in."""
    return {
        "type": "modal",
        "callback_id": f"form:{asked.command}",
        "private_metadata": kept,
        "title": _plain(f"Lookout {asked.command}", 24),
        "submit": _plain("Search" if asked.command == "search" else "Save", 24),
        "close": _plain("Cancel", 24),
        "blocks": [_input(field) for field in asked.fields],
    }


def _input(field: Field) -> Data:
    element: Data = {"type": "plain_text_input", "action_id": field.name, "max_length": 300}
    if field.value:
        element["initial_value"] = field.value
    if field.options:
        options = [_option(one.value, one.label) for one in field.options]
        chosen = [_option(one.value, one.label) for one in field.options if one.value == field.value]
        element = {"type": "static_select", "action_id": field.name, "options": options}
        element |= {"initial_option": chosen[0]} if chosen else {}
    made: Data = {
        "type": "input",
        "block_id": field.name,
        "label": _plain(field.label, 100),
        "element": element,
        "optional": not field.required,
    }
    return made | {"hint": _plain(field.hint, 200)} if field.hint else made


def items(message: Data) -> dict[str, str]:
    """Return the items that a message of ours shows: their titles by their ids, in order."""
    found: dict[str, str] = {}
    title = ""
    for block in message.get("blocks") or ():
        if block.get("type") == "rich_text":  # what stands above an item's buttons begins with its title
            spans = [span for part in block["elements"][:1] for span in part.get("elements", ())]
            title = "".join(str(span.get("text", "")) for span in spans if (span.get("style") or {}).get("bold"))
            continue
        for element in block.get("elements") or ():
            verb, *rest = str(element.get("action_id", "")).split(":")
            if verb == "why" and rest:
                found.setdefault(rest[0], title or rest[0])
            if verb == "card":
                found |= {str(one["value"]): str(one["text"]["text"]) for one in element.get("options", ())}
    return found


# -- the small parts ------------------------------------------------------------------------------------------


def fallback(value: str) -> str:
    """Return text for notifications, in which Slack sees no markup, link or mention."""
    text = words.cut(words.plain(value), FALLBACK).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return words.uncalled(text) or "Lookout"


def _body(text: str, blocks: Sequence[Data | None]) -> Data:
    kept = [block for block in blocks if block is not None]
    return {"text": fallback(text), "mrkdwn": False, "blocks": kept, "unfurl_links": False, "unfurl_media": False}


def _rich(elements: Sequence[Data]) -> Data:
    return {"type": "rich_text", "elements": list(elements)}


def _section(elements: Sequence[Data]) -> Data:
    return {"type": "rich_text_section", "elements": list(elements)}


def _words(value: str, **style: bool) -> Data:
    lead, tail = value[: len(value) - len(value.lstrip())], value[len(value.rstrip()) :]
    # A rich text's words are taken as they are; the joint is for clients that copy them elsewhere.
    text = words.uncalled(words.plain(value)).replace("<!", "<\u2060!").replace("<@", "<\u2060@")
    said: Data = {"type": "text", "text": f"{lead}{text}{tail}" if text else "\n" if value == "\n" else " "}
    return said | {"style": style} if style else said


def _open(card: Card, label: str) -> list[Data]:
    return [{"type": "link", "url": card.url, "text": label}] if card.url and len(card.url) <= LONGEST_URL else []


def _plain(value: str, most: int) -> Data:
    return {"type": "plain_text", "text": words.cut(words.plain(value), most) or "…", "emoji": False}


def _actions(elements: Sequence[Data]) -> Data:
    return {"type": "actions", "elements": list(elements)}


def _button(button: Button, value: str = "") -> Data:
    made: Data = {"type": "button", "text": _plain(button.label, LABEL), "action_id": button.id[:LONGEST_ID]}
    return made | ({"value": value} if value else {}) | LABELS[button.style]


def _select(id_: str, label: str, options: Sequence[Data]) -> Data:
    return {"type": "static_select", "action_id": id_, "placeholder": _plain(label, 140), "options": list(options)}


def _option(value: str, label: str, says: str = "") -> Data:
    made = {"text": _plain(label, OPTION), "value": value}
    return made | {"description": _plain(says, OPTION)} if says else made


def _options(choice: Choice) -> list[Data]:
    return [_option(one.value, one.label, one.says) for one in choice.options[:OPTIONS]]
