"""A text without what an office puts around all that it publishes: notices, contacts, lists of who signed.

Two letters of one office share these, and two bills of one coalition share the list: none of it says what happened.
"""

import re

_NOTICE = re.compile(
    r"""\s*(?:
      for\ immediate\ release\b.{0,80} | \#+ | -+\s*30\s*-+ | (?:press|media)\ contacts?\b.{0,200}
    | contacts?\s*:.{0,200} | (?:permalink|share|print)\b.{0,40}
    | (?:the\ )?(?:full\ )?(?:text|copy)\ of\ the\ (?:letter|bill|legislation|resolution)\b.{0,160}
    | (?:click\ here|to\ (?:read|view|see|download|watch))\b.{0,200}
    | (?:read|view|see|find|watch)\ the\ (?:full|complete|entire|text)\b.{0,160}
    | (?:sign\ up|subscribe|follow)\b.{0,200} | ©.{0,200}
    | (?:sincerely|respectfully|very\ truly\ yours)\s*,?.{0,60}
    )\s*""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)

_MEMBER = re.compile(r"\((?:[RDI]|Ind\.?)\s?[-–—]\s?[A-Z][\w.]*(?:[-–—]\d+)?\)|\([A-Z]{2}[-–—](?:\d+|AL)\)")
"""A member as lists name one: (D-Ill.), (R-TX-23), (CA-15)."""

_SIGNED = re.compile(r"\b(?:sign(?:ed|ers|atories)|cosponsor|co-sponsor|joined|joining|endors)", re.IGNORECASE)

MOST_NAMED = 4
"""Members named in a paragraph that tells who signed; news itself names fewer."""


def substance(text: str) -> str:
    """Return the paragraphs that say what happened; the whole text where none would be left."""
    paragraphs = [p for p in text.split("\n\n") if p]
    kept = [p for p in paragraphs if not _NOTICE.fullmatch(p) and not _is_list(p)]
    return "\n\n".join(kept or paragraphs)


def _is_list(paragraph: str) -> bool:
    named = len(_MEMBER.findall(paragraph))
    if named >= MOST_NAMED and named * 12 >= len(paragraph.split()):
        return _SIGNED.search(paragraph) is not None or named * 6 >= len(paragraph.split())
    return False
