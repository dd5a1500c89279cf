"""What people asked for, on a terminal and as data."""

import csv
import io
import json
from dataclasses import replace

from bot.gates import gates
from bot.records import FeedState as State
from bot.records import Findings, Health, Hit, Judged, Revision, Subscriber, Subscription, Told, Why
from bot.render import answers, data
from tests.written import NOON, WATCHED, digest, item, judged, match, story


def test_an_item_is_listed_with_its_id_source_time_topics_passage_and_address() -> None:
    found = judged(item("k3y", text="Agents scan faces."), "faces")
    assert answers.listed([found], "UTC") == (
        """\
k3y         Sample k3y
            The Sample Courier, 10 Apr 2026, 12:00 UTC; faces 90 %
            > Agents scan faces.
            https://courier.example/k3y"""
    )


def a_hit(*, snippet: str | None = None, cosine: float | None = None, text: str = "Agents scan faces.") -> Hit:
    return Hit(judged=judged(item("k3y", text=text)), snippet=snippet, cosine=cosine)


def test_a_search_shows_where_it_found_the_words() -> None:
    told = Findings(hits=(a_hit(snippet="… scan faces …"),), without=0)
    assert answers.found(told, "UTC") == (
        """\
k3y         Sample k3y
            The Sample Courier, 10 Apr 2026, 12:00 UTC; found by words
            > … scan faces …
            https://courier.example/k3y"""
    )


def test_a_search_shows_how_an_item_begins_that_says_it_in_other_words() -> None:
    shown = answers.found(Findings(hits=(a_hit(cosine=0.512, text="Agents. " * 99),), without=0), "UTC")
    assert "found by meaning (0.51)" in shown
    assert shown.count("Agents.") < 30
    assert " …\n" in shown
    both = answers.found(Findings(hits=(a_hit(cosine=0.5, snippet="scan"),), without=0), "UTC")
    assert "found by words and meaning (0.50)" in " ".join(both.split())


def test_a_search_says_what_it_could_not_search() -> None:
    lacking = answers.found(Findings(hits=(), without=1_200), "UTC")
    assert lacking == "Nothing found.\n\n1,200 items have no vector yet and can be found by words only."
    left_out = answers.found(Findings(hits=(), without=3, note="the model \x1b[2J is gone"), "UTC")
    assert left_out == "Nothing found.\n\nBy words only: the model [2J is gone."


def test_findings_as_data_say_by_what_each_was_found() -> None:
    told = data.findings(Findings(hits=(a_hit(cosine=0.5), a_hit(snippet="scan")), without=2, note="why"))
    assert [one["by"] for one in told["found"]] == [["meaning"], ["words"]]
    assert [one["cosine"] for one in told["found"]] == [0.5, None]
    assert (told["without_vector"], told["note"]) == (2, "why")


def test_nothing_found_says_so() -> None:
    assert answers.listed([], "UTC") == "Nothing found."


READER = Subscriber(id="console", medium="console", address="", zone="UTC", subscriptions=(Subscription(id="all"),))


def explained(found: Judged, *told: Told) -> str:
    revision = Revision(item_id="a", seen=NOON, title="The \x1b[1mold title", text="")
    why = Why(judged=found, gates=gates(found, told, readers=[READER]), told=told, revisions=(revision,))
    return answers.why(why, "UTC", {})


def test_why_an_item_was_told_names_match_examples_passage_gates_and_readers() -> None:
    one = item("a", text="Agents scan faces.")
    sure = match(one, nearest_for=("Agents scan faces", 0.91), nearest_against=("Phone unlocks", 0.2), phrases=("ICE",))
    said = explained(
        Judged(item=one, matches=(sure,), mentions=(), also=("Herald",)),
        Told(subscriber_id="console", key="k", composed=NOON, state="sent"),
    )
    for part in (
        "faces: flagged, probability 0.90, threshold 0.50",
        "nearest example (cosine 0.91): Agents scan faces",
        "nearest near miss (cosine 0.20): Phone unlocks",
        "phrases: ICE",
        "> Agents scan faces.",
        "Also on: Herald",
        "passed   console: digest: told",
        "console, Fri 10 Apr 2026, 12:00 UTC: sent",
        "until Fri 10 Apr 2026, 12:00 UTC: The [1mold title",
    ):
        assert part in said


def test_why_names_the_misleading_phrases_of_a_title() -> None:
    one = item("a", title="Phone opens by Face ID")
    found = Judged(item=one, matches=(match(one, probability=0.2),), mentions=())
    why = Why(judged=found, gates=(), told=(), revisions=(), against={"faces": ("Face ID",)})
    assert "misleading, against it: Face ID" in answers.why(why, "UTC", {})
    assert data.why(why)["against"] == {"faces": ["Face ID"]}


def test_why_an_item_was_not_told_ends_at_the_gate_that_stopped_it() -> None:
    doubtful = Judged(item=item("a"), matches=(match(item("a"), probability=0.1),), mentions=())
    assert "stopped  topic: below every topic's threshold" in explained(doubtful)
    assert "age:" not in explained(doubtful)
    held = judged(item("a", held="flood"), "faces")
    assert "passed   topic: about faces" in explained(held)
    assert "stopped  age: not announced: its feed changed all its entries at once" in explained(held)


def test_an_item_as_data_says_which_matches_are_flagged() -> None:
    found = data.judged(replace(judged(item("a"), "faces"), matches=(match(item("a")), match(item("a"), "b", 0.1))))
    assert [m["flagged"] for m in found["matches"]] == [True, False]
    assert found["published"] == "2026-04-10T12:00:00Z"
    json.dumps(found)


def test_a_table_holds_no_formulas() -> None:
    for start in "=+-@＝＋－＠\t\r\n":
        row = data.row(judged(item("a", title=f"{start}HYPERLINK(1)", source=f"{start}1", text=f"{start}cmd")))
        assert not {cell[0] for cell in row.values() if cell} & set("=+-@＝＋－＠\t\r\n")
        table = io.StringIO()
        csv.DictWriter(table, data.ROW).writerow(row)
        assert (
            next(csv.DictReader(io.StringIO(table.getvalue(), newline=""), data.ROW))["title"][1:] == row["title"][1:]
        )


def test_a_digest_as_data_names_its_topics_without_their_examples() -> None:
    told = data.digest(digest(story(item("a"))))
    assert told["sections"][0]["topic"] == {"id": "faces", "name": "Faces"}
    assert told["sections"][0]["stories"][0]["items"][0]["id"] == "a"
    assert (told["unread"], told["watched"]) == ([], 2)
    json.dumps(told)


def test_a_feeds_health_as_data_has_its_state_and_its_last_failure() -> None:
    state = State(feed_id="courier", failures=2, reason="blocked", detail="403", polled=NOON)
    told = data.health(Health(feed=WATCHED.feeds[0], state=state, items=3, newest=NOON))
    assert (told["id"], told["state"], told["reason"], told["items"]) == ("courier", "blocked", "blocked", 3)
    json.dumps(told)
