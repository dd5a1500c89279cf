"""One item with its PDFs, read for its letter: what the letter says wins; where the release differs is kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.dates import WASHINGTON
from bot.facts import asks, dating, deadlines, recipients, senders
from bot.facts.kind import Announced, announced, worth_a_look
from bot.facts.names import Names, host_of, same_person, words_of
from bot.facts.text import Text, of_attachment, of_item, of_title
from bot.records import (
    Ask,
    Attachment,
    Deadline,
    Disagreement,
    Item,
    Letter,
    LetterKind,
    Member,
    Recipient,
    Signer,
    StatedDay,
)


@dataclass(frozen=True)
class _Told:
    """What one text says of the letter."""

    signers: Sequence[Signer] = ()
    recipients: Sequence[Recipient] = ()
    sure: bool = True
    written: StatedDay | None = None
    deadline: Deadline | None = None
    asks: Sequence[Ask] = ()


def letter(item: Item, attachments: Sequence[Attachment], names: Names) -> Letter | None:
    """Return the letter that an item is, announces or reports, with what it states; None: it is about none.

    A text without any word of a letter costs one search. `names`: of the members, made once for all items.
    """
    if not worth_a_look(item.title, item.text):
        return None
    text, published = of_item(item), item.published.astimezone(WASHINGTON).date()
    owner = names.by_host.get(host_of(item.url))
    said = f"{item.source} {' '.join(item.title.split()[:2])} {owner.last if owner else ''}"
    where = announced(of_title(item), text, published, said)
    if where is None:
        return None
    release = _release(text, where, names, published, item)
    own = _letter(text, names, published, release)
    papers = [of_attachment(one) for one in attachments if one.text]
    told = [
        one
        for paper in papers
        if paper.salutation
        for one in [_letter(paper, names, published, release)]
        if _is_theirs(one, release)
    ]
    return _merged(item, where, release, [*told, *([own] if text.salutation else [])], text)


def deadline(item: Item, attachments: Sequence[Attachment] = ()) -> StatedDay | None:
    """Return by when an item asks for an answer, where the day is known: as `letter` does, for those who ask no more.

    An item of which nothing says that there is a letter may still ask by a day that is written out.
    """
    text, published = of_item(item), item.published.astimezone(WASHINGTON).date()
    where = announced(of_title(item), text, published) if worth_a_look(item.title, item.text) else None
    written = dating.of_release(text, where, published) if where else None
    papers = [paper for one in attachments if one.text and (paper := of_attachment(one)).salutation]
    bodies = [*papers, *([text] if text.salutation else [])]
    found = [_deadline(one, published, dating.of_letter(one, published), written) for one in bodies]
    counted = written.day if written else None
    told = deadlines.stated(text, text.prose, since=published, counted=counted)
    days = (StatedDay(day=one.day, passage=one.passage, mark=one.mark) for one in (*found, told) if one and one.day)
    return next(days, None)


def _deadline(text: Text, published: date, written: StatedDay | None, told: StatedDay | None) -> Deadline | None:
    """Return by when the letter in a text wants an answer; `written`: its own date, `told`: that of its release."""
    counted = written or told
    # A letter that stands in an item, without a date, and nothing says that it is older: it is published as written.
    base = counted.day if counted else published if text.where == "text" and not _is_older(text) else None
    return deadlines.stated(text, text.body, since=written.day if written else published, counted=base)


def _release(text: Text, where: Announced, names: Names, published: date, item: Item) -> _Told:
    signers = senders.from_release(text, where, names)
    written = dating.of_release(text, where, published)
    addressed, sure = recipients.from_release(text, where, signers)
    return _Told(
        signers=_surely(signers, names.by_host.get(host_of(item.url)), where),
        recipients=addressed or recipients.from_title(of_title(item)),
        sure=sure,
        written=written,
        deadline=deadlines.stated(text, text.prose, since=published, counted=written.day if written else None),
        asks=asks.listed(text, text.prose),
    )


def _surely(told: Sequence[Signer], owner: Member | None, where: Announced) -> list[Signer]:
    """Return who signs, where a last name alone is that of the member whose site it is, as theirs.

    Where nobody is named, a release that says "I" or "the Congressman" is by the member whose site it is.
    """
    if owner is None:
        return list(told)
    if not told:
        return [Signer(name=owner.name, member_id=owner.id, passage=where.passage)]
    return [
        replace(one, name=owner.name, member_id=owner.id)
        if one.member_id is None and words_of(one.name) == words_of(owner.last)
        else one
        for one in told
    ]


def _letter(text: Text, names: Names, published: date, release: _Told) -> _Told:
    written = dating.of_letter(text, published)
    return _Told(
        signers=senders.from_letter(text, names),
        recipients=recipients.joined(recipients.from_salutation(text), recipients.from_address(text)),
        written=written,
        deadline=_deadline(text, published, written, release.written),
        asks=asks.listed(text, text.body),
    )


def _is_theirs(told: _Told, release: _Told) -> bool:
    """Is an attached letter by those who are told of? An agency's answer may hang there too."""
    return (
        not told.signers
        or not release.signers
        or any(_same(one, other) for one in told.signers for other in release.signers)
    )


def _same(one: Signer, other: Signer) -> bool:
    if one.member_id and other.member_id:
        return one.member_id == other.member_id
    return same_person(one.name, other.name)


def _merged(item: Item, where: Announced, release: _Told, letters: Sequence[_Told], text: Text) -> Letter:
    written = next((one.written for one in letters if one.written), release.written)
    deadline = next((one.deadline for one in letters if one.deadline), release.deadline)
    signed = next((one.signers for one in letters if one.signers), ())
    saluted = recipients.joined(*(one.recipients for one in letters))
    addressed = recipients.together(release.recipients, release.sure, saluted, text, where)
    return Letter(
        item_id=item.id,
        kind=_kind(item, text),
        passage=where.passage,
        signers=tuple(_signers(release.signers, signed)),
        recipients=tuple(one for one in addressed if not _is_signer(one, release.signers)),
        written=written,
        deadline=deadline,
        asks=tuple(next((one.asks for one in letters if one.asks), release.asks)),
        disagreements=tuple(_disagreements(release, letters)),
    )


def _is_signer(one: Recipient, signers: Sequence[Signer]) -> bool:
    """Is it no recipient but a senator who signs: "urged by Senator X"?"""
    plain = one.office in ("Senator", "Representative", "Congressman", "Congresswoman", "Sen.", "Rep.", "U.S. Senator")
    return plain and one.name is not None and any(same_person(one.name, signer.name) for signer in signers)


def _kind(item: Item, text: Text) -> LetterKind:
    if _stands_alone(text):
        return "letter"
    return "announcement" if item.category == "congress" else "report"


def _is_older(text: Text) -> bool:
    """Does the prose around a letter say that it was sent at some time before?"""
    return bool(
        re.search(r"\b(?:recently|last (?:week|month)|earlier|ago)\b", text.text[slice(*text.prose)], re.IGNORECASE)
    )


def _stands_alone(text: Text) -> bool:
    """Is a text a letter and nothing else?"""
    return text.salutation is not None and not text.text[text.start : text.salutation.start()].strip()


def _signers(told: Sequence[Signer], signed: Sequence[Signer]) -> list[Signer]:
    """Return those whom the release names, in its order, then whoever else signed."""
    return [*told, *(one for one in signed if not any(_same(one, other) for other in told))]


def _disagreements(release: _Told, letters: Sequence[_Told]) -> list[Disagreement]:
    found = []
    for one in letters[:1]:
        if release.written and one.written and release.written.day != one.written.day:
            found.append(Disagreement(about="date", release=release.written.passage, letter=one.written.passage))
        if (
            release.deadline
            and one.deadline
            and release.deadline.day
            and one.deadline.day
            and release.deadline.day != one.deadline.day
        ):
            found.append(Disagreement(about="deadline", release=release.deadline.passage, letter=one.deadline.passage))
        if release.sure and len(letters) == 1 and any(other.name for other in one.recipients):
            found += [
                Disagreement(about="recipients", release=told.passage, letter=one.recipients[0].passage)
                for told in release.recipients
                if told.name and not any(recipients.same(told, other) for other in one.recipients)
            ]
        if one.signers:
            found += [
                Disagreement(about="signers", release=told.passage, letter=one.signers[0].passage)
                for told in release.signers
                if not any(_same(told, signer) for signer in one.signers)
            ]
    return found
