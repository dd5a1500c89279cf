"""What people type is read as they mean it, and what cannot be meant is refused in plain words."""

import pytest

from bot.desk.table import BY_NAME, COMMANDS, checked, nearest, read
from bot.errors import Refused
from bot.outputs.discord.answering import registered
from tests.discord_server import command_breaches


@pytest.mark.parametrize(
    ("typed", "command", "options"),
    [
        ("", "help", {}),
        ("   ", "help", {}),
        ("help", "help", {}),
        ("help search", "help", {"command": "search"}),
        ("LATEST", "latest", {}),
        ("/latest", "latest", {}),
        ("latest faces", "latest", {"topic": "faces"}),
        ("latest count:7", "latest", {"count": "7"}),
        ("latest topic=faces count=7", "latest", {"topic": "faces", "count": "7"}),
        ("search face scans", "search", {"query": "face scans"}),
        ('search "face scans"', "search", {"query": '"face scans"'}),
        ("search “face scans” since:30d", "search", {"query": '"face scans"', "since": "30d"}),
        ("search since:30d face scans", "search", {"since": "30d", "query": "face scans"}),
        ("search member’s bill", "search", {"query": "member's bill"}),
        ('search scans member:"Sample Muster"', "search", {"query": "scans", "member": "Sample Muster"}),
        ("search scans member:Sample Muster", "search", {"query": "scans", "member": "Sample Muster"}),
        ("search scans SINCE: 30d SOURCE:dhs", "search", {"query": "scans", "since": "30d", "source": "dhs"}),
        ("search what: the leak", "search", {"query": "what: the leak"}),
        ("search http://x.example/a?since:b", "search", {"query": "http://x.example/a?since:b"}),
        ("subscribe faces", "subscribe", {"topic": "faces"}),
        (
            "subscribe faces sources:congress dhs schedule:weekly monday 08:00 words:ICE, face scan",
            "subscribe",
            {"topic": "faces", "sources": "congress dhs", "schedule": "weekly monday 08:00", "words": "ICE, face scan"},
        ),
        (
            'subscribe topic:faces schedule:"daily 17:00"',
            "subscribe",
            {"topic": "faces", "schedule": "daily 17:00"},
        ),
        ("subscriptions", "subscriptions", {}),
        ("pause for a while", "pause", {}),
        ("unsubscribe 3", "unsubscribe", {"number": "3"}),
        ("digest", "digest", {}),
        ("digest now", "digest now", {}),
        ("Digest  Now", "digest now", {}),
        ("digest schedule weekdays 08:00", "digest schedule", {"schedule": "weekdays 08:00"}),
        ("settings", "settings", {}),
        ("settings timezone New York", "settings timezone", {"zone": "New York"}),
        ("settings quiet 22:00-07:00", "settings quiet", {"hours": "22:00-07:00"}),
        ("settings mentions @press above:80", "settings mentions", {"role": "@press", "above": "80"}),
        ("/digest now", "digest now", {}),
    ],
)
def test_what_is_typed_is_read_as_it_is_meant(typed: str, command: str, options: dict[str, str]) -> None:
    assert read(typed) == (command, options)


@pytest.mark.parametrize(
    "typed",
    ["subscribe topic:faces schedule:daily 17:00", "search query:face scans", "subscribe topic:faces words:ICE agents"],
)
def test_nothing_that_was_typed_is_passed_over_in_silence(typed: str) -> None:
    try:
        _, options = read(typed)
    except Refused:
        return
    assert typed.split()[-1] in " ".join(options.values())


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("serch faces", "no command 'serch'; did you mean 'search'?"),
        ("subscribbe faces", "no command 'subscribbe'; did you mean 'subscribe'?"),
        ("xyzzy", "no command 'xyzzy'; /help lists all"),
        ("digest nwo", "did you mean 'digest now'?"),
        ("settings tmezone UTC", "did you mean 'settings timezone'?"),
        ("digest xyzzy", "is not one of digest preview, digest now, digest schedule, digest off"),
    ],
)
def test_an_unknown_command_is_refused_with_the_nearest(typed: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        read(typed)
    assert says in str(refused.value)


def test_a_word_that_is_like_nothing_has_no_nearest() -> None:
    assert nearest("zzz", tuple(BY_NAME)) is None
    assert nearest("STATUSS", tuple(BY_NAME)) == "status"


@pytest.mark.parametrize(
    ("command", "given", "says"),
    [
        ("search", {}, "'search' needs query: what to look for"),
        ("search", {"query": "   "}, "'search' needs query"),
        ("search", {"query": "x" * 151}, "query may have 150 characters at most"),
        ("subscribe", {"topic": "faces", "words": "x" * 301}, "words may have 300 characters at most"),
        ("settings format", {"format": "huge"}, "format must be compact or full, not 'huge'"),
        ("forget", {"what": "everything"}, "what must be me or channel, not 'everything'"),
        ("latest", {"count": "0"}, "count must be a number from 1 to 20, not '0'"),
        ("latest", {"count": "21"}, "count must be a number from 1 to 20"),
        ("latest", {"count": "-1"}, "count must be a number from 1 to 20"),
        ("latest", {"count": "many"}, "count must be a number from 1 to 20"),
        ("latest", {"count": "²"}, "count must be a number from 1 to 20"),
        ("settings mentions", {"role": "everyone"}, "'everyone' is nobody whom I could call; choose a role"),
    ],
)
def test_what_is_missing_too_long_or_not_offered_is_refused(command: str, given: dict[str, str], says: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(BY_NAME[command], given)
    assert says in str(refused.value)


def test_options_come_without_space_around_them_and_without_those_that_a_command_does_not_have() -> None:
    assert checked(BY_NAME["latest"], {"topic": " faces ", "count": "20", "colour": "red"}) == {
        "topic": "faces",
        "count": "20",
    }
    assert checked(BY_NAME["settings format"], {"format": "Compact"}) == {"format": "Compact"}


def test_discord_can_register_all_commands() -> None:
    assert list(command_breaches(registered())) == []
    assert {one["name"] for one in registered() if one["type"] == 1} == {one.name.split(" ")[0] for one in COMMANDS}


def test_no_option_takes_more_than_discord_lets_people_type() -> None:
    assert all(parameter.longest <= 6_000 for command in COMMANDS for parameter in command.parameters)
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
