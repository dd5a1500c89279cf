"""Makes text from outside plain: no markup, no characters that hide or reorder, no "share this"."""

import html
import re
import unicodedata
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, Tag, XMLParsedAsHTMLWarning
from lxml import etree

LONGEST_TITLE = 500  # characters
LONGEST_TEXT = 200_000  # characters: a committee report, not a book
_LONGEST_MARKUP = 2_000_000  # characters parsed; markup is several times its text

_TOOLS = "script style noscript template head nav form button select iframe object svg math audio video canvas"
_NEVER_READ = frozenset(_TOOLS.split())
_SHARE_LINKS = frozenset({"sharedaddy", "social-share", "share-buttons", "addtoany_content", "jp-relatedposts"})
_BLOCKS = (
    "address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|h1"
    "|h2|h3|h4|h5|h6|header|hr|html|li|main|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_INLINE = (
    "a|abbr|acronym|b|big|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|sup|tt|u"
    "|var|wbr"
)
_ATTRIBUTES = r"(?:\s[^<>]*)?/?>"
_BREAKING_TAG = re.compile(rf"</?(?:br|{_BLOCKS}){_ATTRIBUTES}", re.IGNORECASE)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE}){_ATTRIBUTES}", re.IGNORECASE)
_BREAKING = frozenset(("br", *_BLOCKS.split("|")))
_ESCAPED_TAG = re.compile(r"&lt;/?(?:p|br|div|a|span|strong|em|ul|li|img)\b", re.IGNORECASE)

# Direction overrides and isolates, invisible joints, byte order marks, hidden tags: they reorder, hide or split words.
_TRICKS = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\u0085\u2028\u2029]")
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_GLOSSES = frozenset({"rt", "rp"})
_PIECE = 512  # characters, as BeautifulSoup's builder has it

_PARAGRAPH_ENDS, _LINE_ENDS = "\u2029", "\u2028"
_ENDS = re.compile(f"{_PARAGRAPH_ENDS}|{_LINE_ENDS}\\s*{_LINE_ENDS}")

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_SHARE = (
    "share|print|tweet|copy\\ link|facebook|twitter|x|linkedin|whatsapp|pinterest|reddit|tumblr|threads|bluesky|e-?mail"
)
_BOILERPLATE = re.compile(
    rf"""(?:
      (?:click\ here\ to\ )?(?:read|see|view|learn)\ (?:more|the\ full\ (?:story|article|post))\b.{{0,80}}
    | continue\ reading\b.{{0,160}}
    | th(?:e|is)\ (?:post|article)\ .{{1,300}}\ (?:appeared\ first|(?:first|originally)\ appeared)\ [io]n\ .{{1,120}}
    | (?:\#\s*){{2,}} | [-–—*_~=\s]{{3,}} | -30- | \[?…\]? | \[\.\.\.\]
    | (?:{_SHARE})(?:[\s,|/•·]+(?:this|on|via|to|by|page|article|story|{_SHARE}))*
    | back\ to\ (?:top|(?:all\ )?news|press\ releases) | skip\ to\ (?:main\ )?content
    | advertisement | leave\ a\ comment | permalink
    )[\s.:»→>…]*""",
    re.IGNORECASE | re.VERBOSE,
)
_TAIL = re.compile(
    r"""\s*(?:
      (?:\[…\]|\[\.\.\.\]|…)?\s*(?:read\ more|continue\ reading)\b[^.]{0,120}
    | \[…\] | \[\.\.\.\]
    | the\ post\ .{1,300}\ appeared\ first\ on\ .{1,120}
    )\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)


def line(text: str, longest: int = LONGEST_TITLE) -> str:
    """Return `text` on one line without markup, entities decoded (twice where escaped twice), cut to `longest`."""
    # Cut before any work: a megabyte title must cost nothing.
    text = text[: 8 * longest]
    if "<" not in text and "&" not in text:
        return _cut(folded(text), longest)
    for _ in range(2):
        text = html.unescape(_untagged(text))
    return _cut(folded(_untagged(text)), longest)


def paragraphs(html_or_text: str) -> str:
    """Return the readable text of HTML or plain text: paragraphs separated by one blank line, without boilerplate.

    Left out: scripts, navigation, share links, "Read more", "The post ... appeared first on ...", "###". In plain
    text a blank line ends a paragraph; where there is none, every line is one. At most `LONGEST_TEXT` characters.
    """
    text = _FORBIDDEN.sub("", html_or_text[:_LONGEST_MARKUP])
    if not _is_html(text) and _ESCAPED_TAG.search(text):
        text = html.unescape(text)
    return _read(text) if _is_html(text) else _joined(_pieces(html.unescape(text)))


def printed(text: str) -> str:
    """Return plain text as `paragraphs` does, whatever it holds that looks like markup."""
    return _joined(_pieces(_FORBIDDEN.sub("", text[:_LONGEST_MARKUP])))


def readable(element: Tag) -> str:
    """Return the paragraphs of a page or a part of it, as `paragraphs` does; the element is used up."""
    for unread in element.find_all(_is_unread):
        unread.decompose()
    for inner in element.find_all(_is_breaking):
        if inner.name == "br":
            inner.replace_with(_LINE_ENDS)
        else:
            inner.insert_before(_PARAGRAPH_ENDS)
            inner.insert_after(_PARAGRAPH_ENDS)
    return _joined(_ENDS.split(element.get_text()))


def _read(markup: str) -> str:
    """Return `readable(soup(markup))`, in a tenth of the time: nothing is made of what is only to be read."""
    heard = _Heard()
    parser = etree.HTMLParser(target=heard, recover=True)
    markup = markup.removeprefix("\ufeff")
    try:
        # Piece by piece, as BeautifulSoup does: what the parser makes of broken markup depends on where pieces end.
        for start in range(0, len(markup), _PIECE):
            parser.feed(markup[start : start + _PIECE])
        parser.close()
    except (etree.LxmlError, UnicodeError, LookupError):
        return readable(soup(markup))
    return _joined(_ENDS.split(heard.text()))


class _Heard:
    """What a parser tells of a page, tag by tag: the text that `readable` would find in its tree."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._said: list[str] = []
        self._unread = 0  # how many elements were open when one began that is not read; 0: none has
        self._glosses = 0  # open <rt> and <rp>, whose text is none of the sentence's

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._open.append(tag)
        if tag in _GLOSSES:
            self._glosses += 1
        if self._unread:
            return
        if tag in _NEVER_READ or (attributes and _is_hidden(attributes, attributes.get("class", "").split())):
            self._unread = len(self._open)
        elif tag == "br":
            self._said.append(_LINE_ENDS)
            self._unread = len(self._open)
        elif tag in _BREAKING:
            self._said.append(_PARAGRAPH_ENDS)

    def end(self, tag: str) -> None:
        if tag in self._open:
            while self._ended() != tag:
                pass

    def data(self, text: str) -> None:
        if not self._unread and not self._glosses:
            self._said.append(text)

    def close(self) -> None:
        while self._open:
            self._ended()

    def text(self) -> str:
        return "".join(self._said)

    def _ended(self) -> str:
        if self._unread == len(self._open):
            self._unread = 0
            tag = self._open.pop()
        else:
            tag = self._open.pop()
            if not self._unread and tag in _BREAKING:
                self._said.append(_PARAGRAPH_ENDS)
        if tag in _GLOSSES:
            self._glosses -= 1
        return tag


def soup(page: str | bytes, content_type: str = "") -> BeautifulSoup:
    """Return a parsed page; the encoding that the server named in `content_type` is believed where it fits."""
    charset = _CHARSET.search(content_type)
    with warnings.catch_warnings():
        # That a document looks like XML or like a file name is no news: strangers wrote it.
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        return BeautifulSoup(page, "lxml", from_encoding=charset[1] if charset and isinstance(page, bytes) else None)


def _is_unread(element: Tag) -> bool:
    # Looked at one by one: a CSS selector for the same costs three times as much.
    return element.name in _NEVER_READ or _is_hidden(element.attrs, element.get("class") or ())


def _is_breaking(element: Tag) -> bool:
    return element.name in _BREAKING


def _is_hidden(attributes: Mapping[str, Any], classes: Iterable[str]) -> bool:
    return bool(
        "hidden" in attributes or attributes.get("aria-hidden") == "true" or not _SHARE_LINKS.isdisjoint(classes)
    )


def _is_html(text: str) -> bool:
    return bool(_BREAKING_TAG.search(text) or _INLINE_TAG.search(text))


def _untagged(text: str) -> str:
    return _INLINE_TAG.sub("", _BREAKING_TAG.sub(" ", text))


def _pieces(text: str) -> list[str]:
    lines = _LINE_END.sub("\n", text).strip()
    blank = re.compile(r"\n[^\S\n]*\n")
    return blank.split(lines) if blank.search(lines) else lines.split("\n")


def _joined(pieces: Iterable[str]) -> str:
    told = (raw for raw in pieces if raw and not raw.isspace())
    kept = [piece for raw in told if (piece := folded(raw)) and not _is_boilerplate(piece)]
    if kept:
        kept[-1] = _TAIL.sub("", kept[-1])
    return _cut("\n\n".join(filter(None, kept)), LONGEST_TEXT)


def _is_boilerplate(paragraph: str) -> bool:
    return len(paragraph) < 500 and _BOILERPLATE.fullmatch(paragraph) is not None


def folded(text: str) -> str:
    """Return text that is no markup on one line, without controls and what hides or reorders characters."""
    if text.isascii():  # nothing that hides, nothing to compose, and all its line ends are spaces
        return " ".join(_FORBIDDEN.sub("", text).split())
    shown = _FORBIDDEN.sub("", _TRICKS.sub("", _LINE_END.sub("\n", text)))
    return " ".join(unicodedata.normalize("NFC", shown).split())


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
