"""An audit asks a person about what was not flagged, keeps the answers as labels, and reckons recall from them."""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from bot import auditing, commands
from bot.auditing import CANNOT_TELL, Answer, Audited, sample
from bot.errors import Refused
from bot.records import Judged, Topic, Verdict
from bot.store import Store
from tests import newsroom
from tests.newsroom import START, TOPICS
from tests.store.samples import an_item, polled, seen

FACES, BORDERS = TOPICS
MISSED, STOP = Answer(about={"faces": True}), Answer(stop=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """4 items about faces, 16 about flowers; none about borders."""
    items = [an_item(f"f{n}", text="A text on faces.") for n in range(4)]
    items += [an_item(f"w{n}", text="A text on flowers.") for n in range(16)]
    async with newsroom.opened(newsroom.an_empty_database(tmp_path)) as store:
        await store.remember([polled(*map(seen, items))])
        yield store


class Person:
    """Answers in turn, and remembers what they were asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def __call__(self, one: Judged, about: Sequence[Topic]) -> Answer:
        self.asked.append((one.item.id, tuple(topic.id for topic in about)))
        return self.answers.pop(0) if self.answers else Answer(about={t.id: False for t in about})


async def audited(
    store: Store, person: Callable[[Judged, Sequence[Topic]], Answer], number: int = 10, by: str = "ann", seed: int = 0
) -> Audited:
    [one] = await auditing.audit(
        store, [FACES], community="club", by=by, number=number, seed=seed, ask=person, clock=lambda: START
    )
    return one


async def test_recall_is_reckoned_from_what_a_person_found_missing(store: Store) -> None:
    person = Person(MISSED)
    told = await audited(store, person)
    assert len({id_ for id_, _ in person.asked}) == 10
    assert all(id_.startswith("id-of-w") for id_, _ in person.asked)
    assert (told.flagged, told.unflagged, told.judged, told.missed, told.flagged_labelled) == (4, 16, 10, 1, 0)
    # 4 found; of 16 a tenth is missing.
    assert told.estimate.recall == pytest.approx(4 / 5.6)
    # Clopper-Pearson of 1 in 10: .0025286 to .4450161.
    assert told.estimate.low == pytest.approx(4 / (4 + 16 * 0.4450161))
    assert told.estimate.high == pytest.approx(4 / (4 + 16 * 0.0025286), rel=1e-5)
    assert told.data()["precision_assumed"] is True


async def test_answers_are_labels_of_the_person(store: Store) -> None:
    await audited(store, Person(MISSED), number=2)
    said = [label for label, _ in await store.feedback.labels("club")]
    assert sorted((label.verdict, label.by, label.topic_id) for label in said) == [
        ("not relevant", "ann", "faces"),
        ("relevant", "ann", "faces"),
    ]


async def test_an_audit_that_was_broken_off_goes_on_where_it_was(store: Store) -> None:
    first = Person(MISSED, Answer(about={"faces": False}), STOP)
    broken = await audited(store, first)
    assert (broken.judged, broken.missed) == (2, 1)
    second = Person()
    told = await audited(store, second)
    assert [*first.asked[:2], *second.asked] == [*first.asked, *second.asked[1:]]
    assert (told.judged, told.missed) == (10, 1)
    assert (await audited(store, Person(STOP), number=11)).judged == 10


async def test_what_cannot_be_told_is_not_counted_and_asked_again(store: Store) -> None:
    person = Person(CANNOT_TELL)
    assert (await audited(store, person)).judged == 9
    again = Person()
    assert (await audited(store, again)).judged == 10
    assert again.asked == person.asked[:1]


async def test_another_person_judges_for_themselves(store: Store) -> None:
    await audited(store, Person())
    bob = Person(MISSED, MISSED)
    assert (await audited(store, bob, by="bob")).missed == 2
    assert len(bob.asked) == 10


async def test_labels_on_flagged_items_give_the_precision(store: Store) -> None:
    given: tuple[Verdict, ...] = ("relevant", "not relevant", "relevant", "relevant")
    for n, verdict in enumerate(given):
        await commands.label(store, f"id-of-f{n}", "faces", verdict, community="club", by="ann", now=START)
    told = await audited(store, Person(MISSED))
    assert (told.precision, told.flagged_labelled) == (0.75, 4)
    assert told.estimate.recall == pytest.approx(3 / (3 + 1.6))


async def test_what_was_answered_before_a_stop_is_kept(store: Store) -> None:
    told = await audited(store, Person(Answer(about={"faces": True}, stop=True)))
    assert (told.judged, told.missed) == (1, 1)


async def test_few_labels_on_flagged_items_leave_the_precision_open(store: Store) -> None:
    await commands.label(store, "id-of-f0", "faces", "relevant", community="club", by="ann", now=START)
    told = await audited(store, Person())
    assert told.precision == 1
    # Clopper-Pearson with .0125 at each end: 1 of 1 is from .0125, 0 of 10 to 1 - .0125 ** .1 = .354805.
    assert told.estimate.low == pytest.approx(4 * 0.0125 / (4 * 0.0125 + 16 * 0.354805), rel=1e-5)
    assert told.estimate.high == 1


async def test_one_question_serves_all_topics_an_item_is_not_flagged_for(store: Store) -> None:
    person = Person(*[Answer(about={"borders": False, "faces": False})] * 20)
    both = await auditing.audit(
        store, TOPICS, community="club", by="ann", number=20, seed=0, ask=lambda *a: person(*a), clock=lambda: START
    )
    about = dict(person.asked)
    assert len(about) == 20
    assert all(about[id_] == (("borders",) if id_.startswith("id-of-f") else ("faces", "borders")) for id_ in about)
    assert [one.topic_id for one in both] == ["faces", "borders"]


async def test_a_name_that_cannot_be_seen_is_refused(store: Store) -> None:
    with pytest.raises(Refused, match="characters that can be seen"):
        await audited(store, Person(), by="ann\u202e")
    with pytest.raises(Refused, match="characters that can be seen"):
        await auditing.audit(
            store, [FACES], community="\udcff", by="ann", number=1, seed=0, ask=Person(), clock=lambda: START
        )


def test_a_sample_is_the_same_for_a_seed_and_grows_at_its_end() -> None:
    ids = [f"item {n}" for n in range(1_000)]
    ten = sample(ids, 10, seed=1)
    assert sample(ids[::-1], 20, seed=1)[:10] == ten
    assert sample([*ids, "one more"], 11, seed=1)[:10] != sample(ids, 10, seed=2)
    assert len(set(ten) & set(sample([*ids, *(f"later {n}" for n in range(100))], 10, seed=1))) >= 6
