"""Words by which a sentence tells of a letter: "sent a letter", "wrote to", "in a letter"."""

import re

LETTER = (
    r"(?<!\bnews )(?<!\bcover )(?<!\blove )(?<!\bdemand )\bletters?\b(?! (?:to the editor|carriers?"
    r"|grades?|of (?:intent|credit|marque|support for|recognition|commendation|appreciation|recommendation)))"
)

SEND = (
    r"(?:sent|sends?|sending|led|leads?|leading|penned|pens?|penning|wrote|writes?|writing|authored"
    r"|delivered|spearhead(?:s|ed|ing)?|joined|joins?|joining|signed|signs|signing|signed on(?:to)?"
    r"|co-?signed|co-?signs|co-?led|co-?leads|co-?leading|circulated|transmitted|dispatched"
    r"|organized|fired off|follow(?:ed|s|ing)? up with)"
)

_SHOW = (
    r"(?:releas|issu|publish|announc|unveil|re-?sen[dt]|address)\w{0,3}\s(?:an?|the|their|his|her|this"
    r"|two|three|open)\s(?:[\w-]+\s){0,4}?"
)

SENT = re.compile(
    rf"\b{SEND}\b[^.;:\n]{{0,260}}?{LETTER}|\b{_SHOW}{LETTER}|\bletters?,? (?:was |were "
    rf"|is )?(?:sent|addressed|directed|delivered) (?:today |yesterday )?to\b",
    re.IGNORECASE,
)

WROTE = re.compile(
    r"(?<![”\"] )(?<![”\"], )(?<!^)\b(?:wrote|writes|write|writing|written)\s+(?:today\s+|again\s+"
    r"|directly\s+|this week\s+|yesterday\s+|\w+day\s+)?"
    r"(?:to\s+(?=(?:the |all |both |these |leaders? )|[A-Z])|(?=(?:the )?(?:Acting |U\.S\. |DHS "
    r"|DOJ )?(?:Secretar|President|Attorney|Director|Administrator|Commissioner|Department|Governor"
    r"|Inspector)))"
)

IN_LETTER = re.compile(
    rf"\b(?:in(?! response)|with|through|via|by)\s+(?:a|an|the|their|his|her|this|today’s|my|our|two"
    rf"|three|new|separate|recent)?\s*(?:[\w’,-]+\s+){{0,7}}?{LETTER}",
    re.IGNORECASE,
)
