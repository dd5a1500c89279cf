"""The settings of mail, of the site and of its operators: taken as meant, or told what is wrong with them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config import Settings, misspelt, settings
from bot.errors import ConfigError
from bot.web import hashed

Read = Callable[..., Settings]

HASH = hashed("a sample password")

MAIL = {
    "LOOKOUT_SMTP": "smtp://mail.example.org",
    "LOOKOUT_MAIL_FROM": "Lookout <lookout@example.org>",
    "LOOKOUT_PUBLIC_ADDRESS": "https://lookout.example.org",
}


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read the settings with these variables alone."""
    monkeypatch.chdir(tmp_path)

    def reads(**said: str) -> Settings:
        for name, value in said.items():
            monkeypatch.setenv(name, value)
        return settings()

    return reads


def refused(read: Read, **said: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(**said)
    return [mistake.says for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("written", "server"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, "starttls")),
        ("smtp://mail.example.org:2525/", ("mail.example.org", 2525, "starttls")),
        ("smtps://mail.example.org", ("mail.example.org", 465, "implicit")),
        ("smtp://localhost:25", ("localhost", 25, "none")),
        ("smtp://[::1]:25", ("::1", 25, "none")),
        ("smtps://127.0.0.1:465", ("127.0.0.1", 465, "implicit")),
    ],
)
def test_a_mail_server_is_spoken_to_over_tls_unless_it_is_this_machine(
    read: Read, written: str, server: object
) -> None:
    assert read(**MAIL | {"LOOKOUT_SMTP": written}).mail_server == server


def test_a_sender_is_an_address_with_or_without_a_name(read: Read) -> None:
    made = read(**MAIL)
    assert made.sender is not None
    assert (made.sender.display_name, made.sender.addr_spec) == ("Lookout", "lookout@example.org")
    assert made.base == "https://lookout.example.org"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"LOOKOUT_SMTP": "mail.example.org"}, "LOOKOUT_SMTP must be smtp://host:587"),
        ({"LOOKOUT_SMTP": "smtp://mail.example.org:99999"}, "LOOKOUT_SMTP must be smtp://host:587"),
        ({"LOOKOUT_SMTP": "smtp://user:pw@mail.example.org"}, "LOOKOUT_SMTP must be smtp://host:587"),
        ({"LOOKOUT_SMTP": "smtp://mail..example.org"}, "LOOKOUT_SMTP must be smtp://host:587"),
        ({"LOOKOUT_SMTP": f"smtp://{'a' * 64}.example.org"}, "LOOKOUT_SMTP must be smtp://host:587"),
        ({"LOOKOUT_MAIL_FROM": "lookout"}, "LOOKOUT_MAIL_FROM must be one mail address"),
        ({"LOOKOUT_MAIL_FROM": "a@example.org, b@example.org"}, "LOOKOUT_MAIL_FROM must be one mail address"),
        ({"LOOKOUT_MAIL_FROM": "Bücher <a@example.org>"}, "LOOKOUT_MAIL_FROM must be one mail address"),
        (
            {"LOOKOUT_SMTP": "", "LOOKOUT_ALERTS": "email:ann@example.org"},
            "LOOKOUT_ALERTS=email:ann@example.org needs LOOKOUT_SMTP",
        ),
        ({"LOOKOUT_EVIDENCE_DAYS": "a week"}, "LOOKOUT_EVIDENCE_DAYS must be a whole number"),
        ({"LOOKOUT_MAIL_FROM": ""}, "LOOKOUT_SMTP needs LOOKOUT_MAIL_FROM beside it"),
        ({"LOOKOUT_PUBLIC_ADDRESS": ""}, "LOOKOUT_SMTP needs LOOKOUT_PUBLIC_ADDRESS beside it"),
        ({"LOOKOUT_PUBLIC_ADDRESS": "http://lookout.example.org"}, "LOOKOUT_PUBLIC_ADDRESS must be https://"),
        ({"LOOKOUT_PUBLIC_ADDRESS": "https://example.org/lookout"}, "LOOKOUT_PUBLIC_ADDRESS must be https://"),
        ({"LOOKOUT_PUBLIC_ADDRESS": "https://bücher.example.org"}, "LOOKOUT_PUBLIC_ADDRESS must be https://"),
        ({"LOOKOUT_PUBLIC_ADDRESS": "https://example.org:99999"}, "LOOKOUT_PUBLIC_ADDRESS must be https://"),
        ({"LOOKOUT_LISTEN": "off"}, "LOOKOUT_SMTP needs the web site"),
        ({"LOOKOUT_LISTEN": "127.0.0.1"}, "LOOKOUT_LISTEN must be an address and a port"),
        ({"LOOKOUT_SMTP_USER": "ann"}, "LOOKOUT_SMTP_USER and LOOKOUT_SMTP_PASSWORD are needed together"),
        ({"LOOKOUT_DKIM_KEY": "key.pem"}, "LOOKOUT_DKIM_KEY and LOOKOUT_DKIM_SELECTOR are needed together"),
        ({"LOOKOUT_DKIM_SELECTOR": "a b", "LOOKOUT_DKIM_KEY": "k"}, "LOOKOUT_DKIM_SELECTOR must be the name"),
        ({"LOOKOUT_PROXIES": "proxy.example.org"}, "LOOKOUT_PROXIES must be addresses or networks"),
        ({"LOOKOUT_OPERATORS": "ann:secret"}, "LOOKOUT_OPERATORS must be lines as"),
        ({"LOOKOUT_OPERATORS": f"a/b:{HASH}"}, "LOOKOUT_OPERATORS must be lines as"),
    ],
)
def test_a_mistake_is_told_by_its_variable(read: Read, said: dict[str, str], says: str) -> None:
    assert any(one.startswith(says) for one in refused(read, **MAIL | said))


def test_operators_stand_beside_each_other(read: Read) -> None:
    assert read(LOOKOUT_OPERATORS=f"ann:{HASH}  bob:{HASH}").passwords == {"ann": HASH, "bob": HASH}


def test_the_site_is_on_this_machine_by_default_and_can_be_off(read: Read) -> None:
    made = read()
    assert (made.host_and_port, made.base) == (("127.0.0.1", 8000), "http://127.0.0.1:8000")
    assert read(LOOKOUT_LISTEN="off").host_and_port is None


def test_slack_over_http_needs_the_site(read: Read) -> None:
    slack = {"SLACK_BOT_TOKEN": "xoxb-sample", "SLACK_SIGNING_SECRET": "sample"}
    assert read(**slack).slack_app_token is None
    assert refused(read, **slack, LOOKOUT_LISTEN="off")[0].startswith(
        "Slack without SLACK_APP_TOKEN needs the web site"
    )


def test_what_is_nearly_called_as_a_setting_is_named_and_what_others_call_so_is_not(read: Read, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOOKOUT_CONGRESS_KEY=x\nLOOKOUT_ZONE=Europe/Berlin\n", encoding="utf-8")
    read(LOOKOUT_DATAS="/data", LOOKOUT_SERVICE_HOST="10.0.0.1", LOOKOUT_PORT_8080_TCP="tcp://10.0.0.1:8080")
    assert misspelt() == {"LOOKOUT_CONGRESS_KEY": "LOOKOUT_CONGRESS_GOV_KEY", "LOOKOUT_DATAS": "LOOKOUT_DATA"}
