"""Who signs a letter that stands in a text: the names under its close, also where they stand in columns."""

import re
from collections.abc import Iterator

from bot.facts.names import Names, same_person
from bot.facts.people import NO_NAME, RUN, TITLES, WORD, Person, masked
from bot.facts.text import Text


def signatures(text: Text, names: Names) -> list[Person]:
    """Return who signs a letter that stands in a text: the names under its close, also where they stand in columns."""
    found = []
    lines = list(text.paragraphs(text.close))
    for n, (start, end) in enumerate(lines[:400]):
        line = text.text[start:end]
        if len(line) > 200 or line.lower().startswith(("cc:", "cc ", "c.c.", "enclosure", "###", "press contact")):
            break
        runs = [one for run in RUN.finditer(masked(line)) for one in _columns(run, start, names)]
        under = text.text[slice(*lines[n + 1])].strip().lower() if n + 1 < len(lines) else ""
        if not runs and _OFFICE.match(under) and re.fullmatch(rf"\s*{WORD}(?:[ ]{WORD}){{1,3}}\s*", line):
            plain = {word.strip(".,").lower() for word in line.split()}
            if plain.isdisjoint(NO_NAME | TITLES):
                runs = [Person(line.strip(" ,"), None, start, end, True)]
        found += runs
    return found


_OFFICE = re.compile(
    r"(?:united states|u\.s\.) (?:senator|representative|senate)|member of congress|(?:ranking member|chair)"
)


def _columns(run: re.Match[str], offset: int, names: Names) -> Iterator[Person]:
    words = list(re.finditer(r"\S+", run[0]))
    n = 0
    while n < len(words):
        for length in (4, 3, 2, 5):
            some = words[n : n + length]
            if len(some) < length or some[0][0].strip(".").lower() in TITLES:
                continue
            written = run[0][some[0].start() : some[-1].end()].strip(" ,.")
            member = names.find(written)
            if member and _begins(written, member.name):
                at = offset + run.start()
                yield Person(written, member.id, at + some[0].start(), at + some[-1].end(), True)
                n += length
                break
        else:
            n += 1


def _begins(written: str, official: str) -> bool:
    """Is it a name from its first word on? "Wyden Edward J. Markey" is not."""
    first = written.split()[0]
    return (
        same_person(f"{first} X", f"{official.split()[0]} X")
        or len(first.strip(".")) == 1
        or any(same_person(f"{first} X", f"{word} X") for word in official.split()[:-1])
    )
