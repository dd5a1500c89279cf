"""`lookout operator NAME`: what it prints lets that operator in, and nobody who only sees the line."""

from typer.testing import CliRunner

from bot.cli import app
from bot.web import Operators

ASKED = "a long sample password\n"


def test_the_line_lets_in_who_knows_the_password() -> None:
    ran = CliRunner().invoke(app, ["operator", "ann"], input=ASKED * 2)
    assert ran.exit_code == 0
    line = ran.stdout.strip().splitlines()[-1]
    assert line.startswith("LOOKOUT_OPERATORS='ann:$argon2id$")
    name, _, hashed = line.removeprefix("LOOKOUT_OPERATORS='").rstrip("'").partition(":")
    operators = Operators({name: hashed}, "a secret")
    assert operators.knows("ann", ASKED.strip())
    assert not operators.knows("ann", hashed)
    assert ASKED.strip() not in ran.output


def test_a_short_password_and_a_name_that_cannot_be_shown_are_refused() -> None:
    assert CliRunner().invoke(app, ["operator", "ann"], input="short\nshort\n").exit_code == 2
    assert CliRunner().invoke(app, ["operator", "a/b"], input=ASKED * 2).exit_code == 2
