"""A letter speaks for its item: what only it says is matched and quoted, and it drowns nothing. With the real model."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.matching import Matcher, deciding, theirs
from bot.matching.feedback import mark
from bot.records import Attachment, CommunityHead, Judged
from tests.written import item

RELEASE = item(
    "release",
    title="Muster leads letter to the Director",
    text="Senator Muster thanked the farmers of her state for their patience, and said that she had sent a letter.",
)
FACES = (
    "Dear Director,\n\nWe write about an app called Mobile Fortify. Immigration and Customs Enforcement agents point "
    "a phone at a person's face, and facial recognition tells them a name. Nobody should be deported because a phone "
    "mistook a face. We urge the agency to stop using facial recognition on the street at once."
)
ROADS = "We also ask you to repave the roads of the county, whose drivers expect delays until that work is done. " * 300


def letter(text: str, name: str = "letter", starts: tuple[int, ...] = (0,)) -> Attachment:
    url = f"https://muster.example.gov/{name}.pdf"
    read = datetime(2026, 4, 10, tzinfo=UTC)
    return Attachment(url=url, name=name, read=read, text=text, starts=starts, pages=len(starts), sha256="0")


def judged(matcher: Matcher, *letters: Attachment, text: str = RELEASE.text) -> Judged:
    one = replace(RELEASE, text=text)
    matches, mentions = matcher.match([one], {one.id: letters})[one.id]
    return Judged(item=one, matches=matches, mentions=mentions, attachments=letters)


def flagged(one: Judged) -> set[str]:
    return {match.topic_id for match in one.matches if match.flagged}


def test_an_item_is_about_what_its_letter_is_about(matcher: Matcher) -> None:
    assert flagged(judged(matcher)) == set()
    whole = judged(matcher, letter("Only greetings."), letter(FACES, "second"))
    assert "facial-recognition" in flagged(whole)
    assert {match.item_id for match in whole.matches} == {RELEASE.id}
    for match in whole.matches:
        if match.flagged:
            assert (match.passage.where, match.passage.letter) == ("letter", "https://muster.example.gov/second.pdf")
            assert FACES[match.passage.start : match.passage.end] == match.passage.text


def test_a_passage_says_on_which_page_it_stands(matcher: Matcher) -> None:
    first = "A cover page of a few words.\n\n"
    whole = judged(matcher, letter(first + FACES, starts=(0, len(first))))
    [match] = [match for match in whole.matches if match.topic_id == "facial-recognition"]
    assert match.passage.page == (1 if match.passage.start < len(first) else 2)
    [mention] = whole.mentions
    assert (mention.subject_id, mention.passage.where, mention.passage.page) == ("mobile-fortify", "letter", 2)


def test_a_long_letter_about_something_else_drowns_no_release(matcher: Matcher) -> None:
    alone, whole = judged(matcher, text=FACES), judged(matcher, letter(ROADS), text=FACES)
    assert flagged(whole) == flagged(alone) != set()
    assert whole.mentions == alone.mentions


def test_a_letter_without_a_text_changes_nothing(matcher: Matcher) -> None:
    assert judged(matcher, letter("")).matches == judged(matcher).matches


def test_a_communitys_head_judges_the_words_that_decided(matcher: Matcher) -> None:
    topic = "facial-recognition"
    shipped, threshold = matcher.head(topic)
    head = CommunityHead(
        community="club",
        topic_id=topic,
        base=mark(shipped),
        weights=tuple(shipped.weights.tolist()),
        bias=shipped.bias,
        threshold=threshold,
        made=datetime(2026, 4, 10, tzinfo=UTC),
        figures={},
    )
    whole = judged(matcher, letter(FACES))
    [match] = [match for match in whole.matches if match.topic_id == topic]
    [((community, theirs_),)] = theirs(matcher, [head], [whole])
    assert (community, theirs_.flagged, theirs_.passage) == ("club", True, match.passage)
    assert deciding(whole, match).text == FACES
