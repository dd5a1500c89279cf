"""Is an answer asked for by a time that a sentence names, and on what condition?

Only an answer counts, and only to this letter: not what a statute, a rule or an earlier letter set.
"""

import re

_ANSWER = re.compile(
    r"\b(?:submit (?:\w+ )?(?:answers|responses|documents)|respon(?:d|ds|se|ses|sive|ding)|repl(?:y"
    r"|ies|ying)|answer(?:s|ed|ing)?|brief(?:ing|ings"
    r"|ed)?|written|explain|explanation|clarif\w+|inform (?:us|me|congress|the|our)|notify (?:us|me)"
    r"|(?:provid|produc(?!ing)|furnish|suppl|shar|send|turn(?:ing)? over|hand(?:ing)? over"
    r"|preserv)(?:e|es|ing|y|ting)?\b|information|documents?|records|update|confirmation"
    r"|confirm (?:that|receipt|whether)|hear(?:ing)? (?:back )?from|meet(?:ing)?|address (?:the|these"
    r"|our|my))\b",
    re.IGNORECASE,
)
"""An answer, or what it may be: a briefing, documents."""

_ASKING = re.compile(
    r"\b(?:request|ask|demand|urg|call|press|seek|please|want|respon|repl|answer|look(?:s"
    r"|ing)? forward|expect|appreciate|must|should|giv(?:e|es|en|ing)|require|set|direct|need|await"
    r"|brief|provide|insist|deadline|within which|due|sought|gave|hope|would like|prefer|has until"
    r"|have until)",
    re.IGNORECASE,
)

_LAW = re.compile(
    r"\b(?:enact(?:ed|ment)?|statut\w+|required (?:by|under)|(?:is|are|was|were) required to"
    r"|requir(?:es|ing) (?:that )?(?:the|dhs|ice|agencies|companies|each|all|federal|them|any|tsa"
    r"|providers)|mandat\w+|by law|under (?:the|federal|current) law|pursuant to|U\.S\.C"
    r"|would require|comment period|public comments?|court order|court-ordered|ruling|executive order"
    r"|regulations? (?:by|within)|(?:final|proposed) rule (?:by|within)|congress passed|expires?"
    r"|expiration|effective|takes? effect|shut ?down)\b",
    re.IGNORECASE,
)
"""That the law, a rule or a court sets a time, if it stands close to it."""

_EARLIER = re.compile(
    r"\b(?:had (?:asked|requested|given|demanded)|previous(?:ly)? (?:letter|request\w*|asked|sent"
    r"|committed)|(?:prior|earlier|first|last|original) (?:letter|request)|in (?:a|our|my|the|their"
    r"|his|her|that) (?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december)\b[^.]{0,20}letter"
    r"|you (?:committed|promised|agreed|pledged|told|testified|assured)|we (?:asked|requested) "
    r"|I (?:asked|requested) |last (?:month|year)|letter (?:sent|dated) (?:on )?\w+ \d{1,2}"
    r"|original deadline|deadline of [^.]{0,30}(?:passed|has)|never (?:received|responded)"
    r"|was (?:supposed|expected|due) to|were (?:supposed|expected|due) to)",
    re.IGNORECASE,
)

_UNANSWERED = re.compile(
    r"\b(?:fail(?:ed|s|ure|ing)?|refus\w+|declin\w+|neglect\w*|(?:did|has|have|had|does|do) not"
    r"|has yet|have yet|missed|ignored)\b"
    r"(?: to)? (?:yet )?(?:respon|repl|answer|provid|produc|brief|submit|address|the|our|my|that)[^.,;]{0,60}\Z",
    re.IGNORECASE,
)

_PASSED = re.compile(
    r"[^.;]{0,60}\b(?:but|yet|however|which (?:has )?passed|has passed|came and went|still (?:has"
    r"|have) not|have not|has not)\b",
    re.IGNORECASE,
)

_CONDITION = re.compile(
    r"\b(?:if (?!you (?:could|would|can|have any|need|should)|it would|possible|any questions)(?:you"
    r"|the|your|it|this|that|no|not|any|they|he|she|we|i|so)\b[^.;]{3,120}|unless [^.;]{3,120}"
    r"|should you (?!have)[^.;]{3,120}|in the event (?:that )?[^.;]{3,120})",
    re.IGNORECASE,
)

_PLEASE = re.compile(
    r"\b(?:please (?:\w+ )?(?:provide|respond|answer|submit|produce|explain|brief)|(?:we|I) (?:\w+ )?(?:request|ask) )",
    re.IGNORECASE,
)

_SURELY_ANSWER = re.compile(
    r"\b(?:respon|repl|answer|brief|hear(?:ing)? (?:back )?from|written|update|in writing)", re.IGNORECASE
)

_GIVEN_UNTIL = re.compile(r"\b(?:giv(?:e|es|en|ing)|gave|has|have|had)\b[^.]{0,60}\Z", re.IGNORECASE)

_FAR, _NEAR, _BESIDE = 260, 130, 60
"""Characters before a day in which its asking stands, in which it may be another's, and behind it for either."""


def is_asked(sentence: str, start: int, end: int) -> bool:
    """Is an answer asked for by then, to this letter?"""
    far, before, after = sentence[max(0, start - _FAR) : start], sentence[max(0, start - _NEAR) : start], sentence[end:]
    answer = _ANSWER.search(far) or _ANSWER.search(after[:_BESIDE]) or _PLEASE.search(sentence[:start])
    if not answer or not _ASKING.search(sentence):
        return False
    word = sentence[start : start + 8].lower()
    if word.startswith(("before", "prior")) and not _SURELY_ANSWER.search(before):
        return False  # "before the end of the year" is mostly by when something is to happen
    if word.startswith("until") and not _GIVEN_UNTIL.search(before):
        return False
    return not (
        _LAW.search(before[-90:])
        or _LAW.search(after[:40])
        or _EARLIER.search(before)
        or _UNANSWERED.search(before)
        or _PASSED.match(after)
    )


def condition(sentence: str) -> str | None:
    """Return the condition under which something is asked, in its words; None: under none."""
    found = _CONDITION.search(sentence)
    return " ".join(found[0].split()) if found else None
