"""What items are about, and why we say so. With the real model; all texts are samples."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bot.matching import Matcher
from bot.records import Item, Match, Mention, Watchlist
from tests.matching.conftest import OCEANS
from tests.written import item

Build = Callable[..., Matcher]

SCANS = item(
    "scans",
    title="Sample, Muster demand that agents stop scanning faces on the street",
    text=(
        "WASHINGTON. Senator Sample thanked the farmers of his state for their patience during the long winter. "
        "He spoke at length about roads and bridges, and about the price of seed.\n\n"
        "He then turned to an app called Mobile Fortify. Immigration and Customs Enforcement agents point a phone at "
        "a person's face, and facial recognition tells them a name. “Nobody should be deported because a phone "
        "mistook a face,” he said."
    ),
)
RAID = item("raid", title="ICE agents arrest forty in raid", text="Border Patrol agents detained and deported them.")
REEF = item("reef", title="Divers find a new coral reef", text="Whales and sharks pass by it, scientists say.")
ROADS = item("roads", title="County repaves two roads", text="Drivers should expect delays until the work is done.")
PHONE = item("phone", title="New phone unlocks with a glance", text="It costs a little more than last year's model.")


def matches(matcher: Matcher, *items: Item) -> dict[tuple[str, str], Match]:
    """Return the matches by item and topic."""
    return {(m.item_id, m.topic_id): m for found, _ in matcher.match(items).values() for m in found}


def mentions(matcher: Matcher, one: Item) -> dict[str, Mention]:
    return {mention.subject_id: mention for mention in matcher.match([one])[one.id][1]}


@pytest.fixture(scope="module")
def judged(matcher: Matcher) -> dict[tuple[str, str], Match]:
    return matches(matcher, SCANS, RAID, REEF, ROADS, PHONE)


def test_items_are_flagged_for_what_they_are_about_and_for_nothing_else(judged: dict[tuple[str, str], Match]) -> None:
    assert {pair for pair, match in judged.items() if match.flagged} == {
        ("scans", "facial-recognition"),
        ("scans", "immigration-enforcement"),
        ("raid", "immigration-enforcement"),
        ("reef", "oceans"),
    }


def test_every_item_has_a_probability_for_every_topic(judged: dict[tuple[str, str], Match]) -> None:
    assert len(judged) == 5 * 3
    assert all(0 <= match.probability <= 1 and 0 < match.threshold < 1 for match in judged.values())


def test_the_evidence_is_a_verbatim_piece_of_the_item_and_speaks_of_the_topic(judged: dict[Any, Match]) -> None:
    for (item_id, _), match in judged.items():
        one = next(i for i in (SCANS, RAID, REEF, ROADS, PHONE) if i.id == item_id)
        shown = match.passage
        assert getattr(one, shown.where)[shown.start : shown.end] == shown.text != ""
    assert "Mobile Fortify" in judged["scans", "facial-recognition"].passage.text


def test_the_best_of_many_passages_is_shown(matcher: Matcher) -> None:
    filler = "The senator thanked the farmers of his state and spoke about roads, bridges and the price of seed. " * 20
    long = item("long", title="Weekly letter", text=f"{filler}\n\n{SCANS.text.split(chr(10))[-1]}\n\n{filler}")
    shown = matches(matcher, long)["long", "facial-recognition"].passage.text
    assert "facial recognition tells them a name" in shown
    assert len(shown) < len(long.text) / 5


def test_a_match_names_its_phrases_its_nearest_examples_and_its_model(judged: dict[tuple[str, str], Match]) -> None:
    match = judged["scans", "facial-recognition"]
    assert {"Mobile Fortify", "facial recog*", "scanning faces"} <= set(match.phrases)
    assert match.nearest_for is not None
    assert match.nearest_for[0] == "Senators urge ICE to stop scanning faces on the street with a phone app"
    assert match.nearest_against is not None
    assert match.nearest_for[1] > match.nearest_against[1]
    assert match.model == "all-MiniLM-L6-v2@1110a243 facial-recognition"


def test_a_topic_without_a_trained_head_is_judged_by_the_general_one(judged: dict[tuple[str, str], Match]) -> None:
    ranked = sorted((m for (_, topic), m in judged.items() if topic == "oceans"), key=lambda m: -m.probability)
    assert ranked[0].item_id == "reef"
    assert ranked[0].probability > 3 * ranked[1].probability
    assert ranked[0].model.endswith(" general")
    assert ranked[0].nearest_against is None


def test_a_topics_threshold_in_feeds_yaml_is_the_one_in_force(build: Build) -> None:
    own = matches(build(OCEANS), ROADS)["roads", "oceans"]
    lax = matches(build(replace(OCEANS, threshold=own.probability)), ROADS)["roads", "oceans"]
    assert own.threshold > own.probability
    assert (own.flagged, lax.flagged, lax.threshold) == (False, True, own.probability)


def test_new_phrases_change_what_a_topic_finds(build: Build, shipped: Watchlist) -> None:
    [faces] = (topic for topic in shipped.topics if topic.id == "facial-recognition")
    code = item("code", title="County adopts Sample Glance", text="Deputies will use Sample Glance from May.")
    before = matches(build(faces), code)["code", faces.id]
    edited = replace(faces, phrases=(*faces.phrases, "Sample Glance"))
    after = matches(build(edited), code)["code", faces.id]
    assert after.phrases == ("Sample Glance",)
    assert after.probability > before.probability + 0.2


def test_new_examples_and_near_misses_change_what_a_topic_finds(build: Build) -> None:
    def oceans(**edited: Any) -> float:
        return matches(build(replace(OCEANS, **edited)), ROADS)["roads", "oceans"].probability

    like_roads = ("County repaves roads", "Town mends two bridges and a road", "Drivers face delays from road works")
    followed = oceans(examples=(*OCEANS.examples, *like_roads))
    assert followed > 2 * oceans()
    assert oceans(examples=(*OCEANS.examples, *like_roads), near_misses=("County repaves two roads",)) < followed


def test_a_misleading_phrase_in_the_title_speaks_against_a_topic(build: Build, shipped: Watchlist) -> None:
    def probabilities(*misleading: str) -> list[float]:
        topics = [replace(topic, misleading=misleading) for topic in shipped.topics]
        title = "Sample Glance comes to airports and the desert"
        judged = build(*topics).match([item("code", title=title, text="")], closely=True)
        return [match.probability for match in judged["code"][0]]

    pairs = list(zip(probabilities("Sample Glance"), probabilities(), strict=True))
    assert len(pairs) == 2
    assert all(misled < free for misled, free in pairs)


def test_a_misleading_phrase_beside_a_phrase_of_the_topic_says_nothing(build: Build, shipped: Watchlist) -> None:
    [borders] = (topic for topic in shipped.topics if topic.id == "immigration-enforcement")
    assert {"DACA", "deport*"} <= {*borders.misleading, *borders.phrases}
    daca = item("daca", title="DACA recipients deported despite protection, senators say", text="")
    plain = matches(build(replace(borders, misleading=())), daca)["daca", borders.id]
    assert matches(build(borders), daca)["daca", borders.id].probability == plain.probability


def test_the_same_items_in_other_company_get_the_same_answer(matcher: Matcher, judged: dict[Any, Match]) -> None:
    for one in (REEF, SCANS):
        alone = matches(matcher, one)
        assert all(abs(alone[pair].probability - judged[pair].probability) < 0.001 for pair in alone)


def test_no_items_no_matches(matcher: Matcher) -> None:
    assert matcher.match([]) == {}


@pytest.mark.parametrize(
    "strange",
    [
        item("s", text=""),
        item("s", title="", text=""),
        item("s", title="Agents scan faces", text="word " * 40_000),
        item("s", title="x" * 500, text="x" * 200_000),
        item("s", title="🧊🚔👮", text="🧊 " * 500),
        item("s", title="التعرف على الوجوه", text="قالت الوكالة إنها تستخدم التعرف على الوجوه. " * 50),
        item("s", title="移民局使用人脸识别", text="移民局使用人脸识别技术。" * 500),
        item("s", title="\n \t", text="\n\n \n"),
    ],
    ids=["no text", "nothing", "200,000 characters", "one word", "emoji", "Arabic", "Chinese", "white space"],
)
def test_strange_texts_are_judged_too(matcher: Matcher, strange: Item) -> None:
    [(found, _)] = matcher.match([strange]).values()
    for match in found:
        shown = match.passage
        assert 0 <= match.probability <= 1
        assert getattr(strange, shown.where)[shown.start : shown.end] == shown.text
        assert len(shown.text) < 6_000


def test_an_item_that_is_only_a_title_is_judged_by_it(matcher: Matcher) -> None:
    match = matches(matcher, replace(SCANS, text=""))["scans", "facial-recognition"]
    assert match.flagged
    assert (match.passage.where, match.passage.text) == ("title", SCANS.title)


def test_subjects_are_found_by_their_aliases_with_the_place(matcher: Matcher) -> None:
    one = item(
        "a",
        title="Sheriff ends 287(g) deal",
        text="CBP Home replaced it.\n\nA TSA face-scanning lane, AI Solutions 87, and the Appropriations Subcommittee "
        "on Homeland Security were named. John Hart was not, nor were palantiri.",
    )
    found = mentions(matcher, one)
    assert set(found) == {"287g", "cbp-one-home", "tsa-face-matching", "ai-skip-tracing", "dhs-appropriations"}
    for mention in found.values():
        shown = mention.passage
        assert getattr(one, shown.where)[shown.start : shown.end] == shown.text
    assert (found["287g"].passage.where, found["287g"].passage.text) == ("title", "287(g)")
    assert found["tsa-face-matching"].passage.text == "TSA face-scanning"


def test_every_shipped_subject_is_found_by_every_alias(matcher: Matcher, shipped: Watchlist) -> None:
    for subject in shipped.subjects:
        for alias in subject.aliases:
            written = alias.removesuffix("*")
            assert subject.id in mentions(matcher, item("a", title=f"They used {written} again")), alias


def test_a_trained_head_is_not_used_with_another_models_vectors(matcher: Matcher) -> None:
    from bot.matching import load_heads

    heads = load_heads()
    assert heads.of("facial-recognition", "all-MiniLM-L6-v2@1110a243").name == "facial-recognition"
    assert heads.of("facial-recognition", "another").name == "general"
    assert np.isfinite(heads.general.weights).all()
