"""What an item says of a letter: who wrote to whom, when, and what they want to know."""

from datetime import date

import pytest

from bot import facts
from bot.records import Attachment, Item, Letter, Passage
from tests.facts.samples import MEMBERS, paper, release

NAMES = facts.Names(MEMBERS)

SENT = "WASHINGTON – Today, Senators Ed Alder (D-Mass.) and Marisol Birch (D-Ore.) sent a letter to {whom} {asking}"


def read(title: str, text: str, *papers: Attachment, host: str = "www.alder.senate.gov") -> Letter | None:
    said = release(title, text, host)
    letter = facts.letter(said, papers, NAMES)
    if letter:
        for passage in _passages(letter):
            assert _stands_there(said, papers, passage)
    return letter


def _passages(letter: Letter) -> list[Passage]:
    return [
        letter.passage,
        *(one.passage for one in letter.signers),
        *(one.passage for one in letter.recipients),
        *(one.passage for one in letter.asks),
        *(one.passage for one in (letter.written, letter.deadline) if one),
        *(passage for one in letter.disagreements for passage in (one.release, one.letter)),
    ]


def _stands_there(said: Item, papers: tuple[Attachment, ...], passage: Passage) -> bool:
    texts = {"title": said.title, "text": said.text} | {one.url: one.text for one in papers}
    where = texts[passage.letter or passage.where]
    return where[passage.start : passage.end] == passage.text != ""


def sent_to(whom: str, asking: str = "urging an end to face scans in parks.") -> Letter:
    letter = read("Alder, Birch Write of Parks", SENT.format(whom=whom, asking=asking))
    assert letter is not None
    return letter


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Alder on Parks", "Senator Ed Alder today sent a letter to the Park Service on face scans. Read it here."),
        ("Alder Leads Letter on Face Scans", ""),
        ("Alder Presses Parks", "Senator Alder wrote to Secretary Oak urging him to end face scans in parks."),
        (
            "Alder Asks",
            "Senator Alder asked for answers today.\n\n“Why?” the senator wrote.\n\nRead the full letter here.",
        ),
        ("Parks", "Dear Secretary Oak:\n\nI write about face scans in parks.\n\nSincerely,\n\nEdward J. Alder"),
        ("Alder Asks", "In a letter to Secretary Oak, Senator Ed Alder asked what is scanned in parks, and by whom."),
    ],
)
def test_an_item_about_a_letter_is_one(title: str, text: str) -> None:
    assert read(title, text) is not None


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "Alder Introduces the Parks Act",
            "Senator Alder introduced a bill. Read a letter of support from hikers here.",
        ),
        (
            "Alder Statement on Parks",
            "Senator Alder released the following statement after the Park Service answered his letter.",
        ),
        (
            "Alder Secures $3 Million for Parks",
            "The grant is for Salem. Last year, Alder sent a letter to the Secretary.",
        ),
        ("Dear Colleague Letter on Parks", "Dear Colleague:\n\nJoin me.\n\nSincerely,\n\nEdward J. Alder"),
        ("Hearing on Parks", "Witnesses spoke of parks, and a letter was read."),
        (
            "Attorneys General Urge an End",
            "A coalition of 20 attorneys general sent a letter to the Park Service today.",
        ),
        ("Alder Opens an Office", "The office opens on Monday."),
        ("In a Letter, the Park Service Answers", "In a letter to Alder, the Park Service detailed its rules."),
    ],
)
def test_bills_statements_old_letters_and_letters_of_others_are_none(title: str, text: str) -> None:
    assert read(title, text) is None


def test_one_member_is_found_by_every_way_of_writing_the_name() -> None:
    for name in ("Ed Alder", "Edward J. Alder", "Senator Alder", "Sen. Edward Alder (D-MA)", "ALDER"):
        letter = read(
            "Letter to Parks", f"Today, Senators {name} and Birch sent a letter to the Park Service on scans."
        )
        assert letter is not None
        assert letter.sender is not None
        assert (letter.sender.name, letter.sender.member_id) == ("Edward J. Alder", "A000001")


def test_two_members_of_one_name_are_told_apart_by_chamber_and_state_or_stay_unknown() -> None:
    def lead(named: str) -> str | None:
        letter = read("Letter", f"Today, {named} sent a letter to the Park Service about face scans.", host="x.example")
        assert letter is not None
        assert letter.sender is not None
        return letter.sender.member_id

    assert lead("Senator Scott") == "S000006"
    assert lead("Rep. Scott") == "S000007"
    assert lead("Chairman Scott (R-GA)") == "S000007"
    assert lead("Chairman Scott") is None


def test_who_left_congress_stands_without_an_id() -> None:
    letter = read(
        "Letter", "Today, Reps. Bobby Dogwood (D-VA) and Una Former (R-CO) sent a letter to the Park Service."
    )
    assert letter is not None
    assert [(one.name, one.member_id) for one in letter.signers] == [
        ('Robert "Bobby" Dogwood, Jr.', "D000004"),
        ("Una Former", None),
    ]


def test_the_leader_comes_first_and_cosigners_follow_wherever_they_are_listed() -> None:
    letter = read(
        "Dogwood Joins Letter",
        "Today, Congressman Bobby Dogwood (D-VA) joined Senator Chuck Van Cedar (R-Iowa) in sending a letter to the "
        "Park Service about scans.\n\n“I am glad,” said Rep. Teresa Elmso (R-FL).\n\n"
        "In addition to Van Cedar and Dogwood, the letter was signed by:\n\nSen. Marisol Birch (D-OR)\n\n"
        "Sen. Tim Scott (R-SC)",
    )
    assert letter is not None
    assert [one.member_id for one in letter.signers] == ["C000003", "D000004", "B000002", "S000006"]


def test_the_signatures_of_an_attached_letter_count_and_who_is_missing_there_is_told() -> None:
    text = (
        "April 9, 2026\n\nThe Honorable Ann Oak\n\nDirector, National Park Service\n\nDear "
        "Director Oak:\n\nWe write.\n\n"
        "\fSincerely,\n\nEdward J. Alder Charles P. Van Cedar\n\nUnited States Senator United States Senator\n\n"
    )
    letter = read("Letter on Parks", SENT.format(whom="the Park Service", asking="on scans."), paper(text))
    assert letter is not None
    assert [one.member_id for one in letter.signers] == ["A000001", "B000002", "C000003"]
    assert letter.signers[2].passage.page == 2
    assert [one.about for one in letter.disagreements] == ["date", "signers"]
    assert letter.written is not None
    assert letter.written.day == date(2026, 4, 9)
    assert [(one.name, one.agency) for one in letter.recipients] == [("Ann Oak", "nps")]


@pytest.mark.parametrize(
    ("whom", "found"),
    [
        ("DHS Secretary Ann Oak", ["Ann Oak / DHS Secretary / dhs"]),
        (
            "Ann Oak, Acting Director of Immigration and Customs Enforcement (ICE),",
            ["Ann Oak / Acting Director of Immigration and Customs Enforcement / ice"],
        ),
        (
            "Secretary of State Ann Oak and Attorney General Bo Pine",
            ["Ann Oak / Secretary of State / state", "Bo Pine / Attorney General / doj"],
        ),
        (
            "the Federal Trade Commission and the Department of Health and Human Services",
            ["None / Federal Trade Commission / ftc", "None / Department of Health and Human Services / hhs"],
        ),
        ("the CEOs of Acorn and Beech", ["None / CEO of Acorn / acorn", "None / CEO of Beech / beech"]),
        ("Acorn CEO Bo Pine", ["Bo Pine / Acorn CEO / acorn"]),
        ("DHS Inspector General Joe Pine", ["Joe Pine / DHS Inspector General / inspectors-general"]),
        ("Texas Governor Ann Oak", ["Ann Oak / Texas Governor / governors"]),
        ("Speaker of the House Ann Oak", ["Ann Oak / Speaker of the House / congress"]),
        ("House Judiciary Committee Chair Bo Pine", ["Bo Pine / House Judiciary Committee Chair / congress"]),
        ("President Joe Biden", ["Joe Biden / President / white-house"]),
    ],
)
def test_recipients_have_their_office_and_agency(whom: str, found: list[str]) -> None:
    assert [f"{one.name} / {one.office} / {one.agency}" for one in sent_to(whom).recipients] == found


def test_who_is_saluted_gets_the_office_that_the_release_tells() -> None:
    body = "\n\nFull text of the letter is below.\n\nDear Secretary Oak:\n\nWe write.\n\nSincerely,\n\n"
    letter = read("Letter", SENT.format(whom="Homeland Security Secretary Ann Oak", asking="on scans.") + body)
    assert letter is not None
    assert [(one.name, one.agency) for one in letter.recipients] == [("Ann Oak", "dhs")]


def test_what_is_not_stated_is_none() -> None:
    letter = read("Alder Leads Letter on Face Scans", "")
    assert letter is not None
    assert (letter.written, letter.deadline, letter.recipients, letter.asks) == (None, None, (), ())
    assert letter.kind == "announcement"


def test_a_time_after_a_letter_of_unknown_date_has_no_day() -> None:
    letter = read(
        "Letter", "Senator Alder recently sent a letter to the Park Service. He wants answers within 30 days."
    )
    assert letter is not None
    assert letter.deadline is not None
    assert letter.deadline.day is None


def test_the_questions_are_kept_with_their_numbers() -> None:
    letter = read(
        "Letter on Scans",
        SENT.format(whom="the Park Service", asking="on scans.")
        + "\n\nDear Director Oak:\n\nWe write of scans. Please answer the following questions by May 1, 2026:\n\n"
        "1. Who is scanned in the parks?\n\n2. Please list the cameras that are used.\n\nThank you.\n\nSincerely,",
    )
    assert letter is not None
    assert [(one.number, one.text) for one in letter.asks] == [
        ("1", "Who is scanned in the parks?"),
        ("2", "Please list the cameras that are used."),
    ]
    assert letter.deadline is not None
    assert letter.deadline.day == date(2026, 5, 1)


def test_a_letter_by_itself_and_a_report_on_one_are_told_apart() -> None:
    itself = read("Letter", "Dear Secretary Oak:\n\nI write about scans.\n\nSincerely,\n\nEdward J. Alder")
    assert itself is not None
    assert itself.kind == "letter"


@pytest.mark.parametrize(
    "text",
    [
        "Senator A, " * 20_000,
        "Today, Senators Ed Alder sent a letter to " + "Secretary Oak, " * 14_000,
        "Dear Secretary Oak:\n\n" + "by May " * 30_000,
        "letter " + "(" * 200_000,
        "letter to " + "“" * 200_000,
        "They wrote a letter. " + "\n" * 200_000 + " " * 200_000,
        "letter " + "Aa " * 70_000,
        "letter signed by " + ", and " * 40_000,
    ],
    ids=range(8),
)
def test_hostile_text_is_read_to_an_end(text: str) -> None:
    # What is quadratic in it would not end within the patience of anybody.
    letter = facts.letter(release("Alder Leads Letter", text[:200_000]), (paper(text[:200_000]),), NAMES)
    assert letter is None or len(letter.recipients) <= 40


def test_whom_only_the_release_names_is_kept_and_told() -> None:
    body = "\n\nRead the letter below.\n\nDear Director Oak:\n\nWe write.\n\nSincerely,\n\nEdward J. Alder"
    letter = read(
        "Letter", SENT.format(whom="FBI Director Ann Oak and FEMA Administrator Bo Pine", asking="on it.") + body
    )
    assert letter is not None
    assert [one.name for one in letter.recipients] == ["Ann Oak", "Bo Pine"]
    assert [one.about for one in letter.disagreements] == ["recipients", "signers"]
