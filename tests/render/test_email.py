"""A digest as a mail: what its reader sees first, that it is never clipped, and that strangers' text stays text."""

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from bot.records import Digest, Unread
from bot.render.email import CLIPPED, Message, Ways, message
from bot.render.summary import LETTERS
from tests.render.test_digest import HOSTILE
from tests.written import NOON, digest, item, story

WAYS = Ways(
    archive="https://lookout.example/digest/k",
    settle="https://lookout.example/settings/s",
    leave="https://lookout.example/unsubscribe/u",
)


def mailed(told: Digest) -> Message:
    return message(told, WAYS)


def seen(told: Message) -> BeautifulSoup:
    return BeautifulSoup(told.html, "html.parser")


def links(told: Message) -> set[str]:
    return {str(link["href"]) for link in seen(told).find_all("a")}


def test_letters_come_first_and_the_subject_counts_and_names_the_first_story() -> None:
    report = story(item("report", title="A report on face scans"))
    letter = story(item("letter", title="Muster urges ICE to stop face scans", category="congress"))
    told = mailed(digest(report, letter))
    assert told.subject == "2 stories: Muster urges ICE to stop face scans"
    assert [heading.text for heading in seen(told).find_all("h2")] == [LETTERS, "Faces"]
    headings = [line for line in told.text.splitlines() if line.isupper() and line.endswith(")")]
    assert headings == [f"{LETTERS.upper()} (1)", "FACES (1)"]
    assert told.text.count("90 % Faces") == 2


def test_a_letter_says_by_when_it_asks_for_an_answer_in_both_parts() -> None:
    asks = item(
        "letter",
        title="Muster urges ICE to stop face scans",
        text="She asks for a response by April 24, 2026.",
        category="congress",
    )
    told = mailed(digest(story(asks)))
    for part in (told.text, seen(told).get_text()):
        assert "Answer asked for by Fri 24 Apr 2026" in part


def test_a_day_without_stories_says_in_its_subject_what_could_not_be_read() -> None:
    blocked = Unread(feed_id="herald", name="The Herald", reason="blocked", since=NOON)
    assert mailed(digest()).subject == "Nothing new, Fri 10 Apr 2026"
    said = mailed(digest(unread=(blocked,)))
    assert said.subject == "Nothing new, Fri 10 Apr 2026; 1 of 2 sources could not be read"
    assert "The Herald (blocked)" in said.html


def test_both_parts_have_the_same_links() -> None:
    told = mailed(digest(*(story(item(f"n{n}")) for n in range(3))))
    assert links(told) == set(re.findall(r"https://\S+", told.text))
    assert {WAYS.settle, WAYS.leave} <= links(told)


@pytest.mark.parametrize("number", [1, 70, 150, 400, 1_000])
def test_a_mail_is_never_so_long_that_it_is_clipped_and_says_what_it_leaves_out(number: int) -> None:
    long = "Wörter über Gesichter " * 12
    told = mailed(digest(*(story(item(f"n{n}", title=f"{n} {long}", text=long * 3)) for n in range(number))))
    assert len(told.html.encode()) < CLIPPED
    linked = links(told)
    shown = sum(f"https://courier.example/n{n}" in linked for n in range(number))
    left = re.search(r"([\d]+) more on the web", told.html)
    assert shown + (int(left[1]) if left else 0) == number
    assert told.text.count("https://courier.example/") == number


def test_one_story_with_endless_words_is_still_a_mail() -> None:
    told = mailed(digest(story(item("n", title="x" * 300_000))))
    assert len(told.html.encode()) < CLIPPED


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_strangers_wrote_is_text_in_a_mail(hostile: str) -> None:
    one = item("n", title=hostile, text=hostile, source=hostile, url="javascript:alert(1)")
    told = mailed(digest(replace(story(one), also=(hostile,))))
    known = links(mailed(digest()))
    assert links(told) == known
    assert {tag.name for tag in seen(told).find_all()} <= {
        tag.name for tag in seen(mailed(digest(story(item("m"))))).find_all()
    } | {"blockquote"}
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u202e]", told.subject)


def test_nothing_in_a_mail_is_fetched_or_run() -> None:
    told = mailed(digest(story(item("n", text="a text"))))
    assert not seen(told).find_all(["img", "script", "form", "iframe", "link", "object", "video"])
    assert "url(" not in told.html


def test_a_mail_is_made_for_dark_and_narrow_screens() -> None:
    told = mailed(digest(story(item("n"))))
    assert "prefers-color-scheme: dark" in told.html
    assert 'name="viewport"' in told.html
    assert not re.search(r"(?<!max-)width:\s*\d{3,}px", told.html)
