"""Where and how Lookout runs: the environment and `.env`, checked."""

import re
from collections.abc import Mapping
from datetime import time
from difflib import get_close_matches
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

from bot.errors import ConfigError, Mistake

NO_CONTACT = "lookout-monitor; the operator gave no contact"
"""What sites read in the User-Agent until the operator says whom to write to."""


def _contact(written: str) -> str:
    # It stands in a header: one line of plain characters, and something a webmaster can use.
    reachable = re.fullmatch(r"[^\s@()]+@[^\s@()]+\.[^\s@()]+|https?://[^\s()]+", written)
    if written != NO_CONTACT and not (reachable and written.isascii()):
        raise ValueError("must be a mail address or a web address, for the User-Agent that sites see")
    return written


def _zone(written: str) -> str:
    try:
        ZoneInfo(written)
    except (KeyError, ValueError, OSError) as e:
        raise ValueError("must be the name of a time zone, such as America/New_York") from e
    return written


def _clock(written: object) -> object:
    # pydantic would also read a bare number, as seconds after midnight: nobody means that here.
    if isinstance(written, str) and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", written):
        raise ValueError("must be a time of day, such as 07:00")
    return written.rjust(5, "0") if isinstance(written, str) else written


_LABEL = r"[A-Za-z0-9_-]{1,63}"
HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-fA-F:]+\])"
"""As the DNS, links and headers can have it: other letters than ASCII in their form for the DNS, xn--..."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _public(written: str) -> str:
    address = re.fullmatch(rf"(https?)://({HOST})(?::([0-9]{{1,5}}))?/?", written)
    unsafe = address is not None and address[1] == "http" and address[2].strip("[]") not in LOOPBACK
    if address is None or unsafe or int(address[3] or 1) > 65535:
        raise ValueError("must be https:// and a host, without a path; http:// for this machine alone")
    return written.rstrip("/")


def _host_and_port(written: str) -> str:
    port = re.fullmatch(rf"{HOST}:([0-9]{{1,5}})", written)
    if written != OFF and (port is None or int(port[1]) > 65535):
        raise ValueError("must be an address and a port, such as 127.0.0.1:8000, or off")
    return written


def _proxies(written: str) -> str:
    try:
        for one in written.split(","):
            ip_network(one.strip())
    except ValueError as e:
        raise ValueError("must be addresses or networks separated by commas, such as 127.0.0.1,172.17.0.0/16") from e
    return written.replace(" ", "")


OFF = "off"
"""Stands for no web site, in the place of where to listen."""


def _smtp(written: str) -> str:
    server = re.fullmatch(rf"smtps?://{HOST}(?::([0-9]{{1,5}}))?/?", written)
    if server is None or int(server[1] or 1) > 65535:
        raise ValueError("must be smtp://host:587 (STARTTLS) or smtps://host:465 (TLS from the first byte)")
    return written.rstrip("/")


CHANNELS = {"discord": r"[0-9]{5,20}", "slack": r"[CGD][A-Z0-9]{5,20}", "email": r"[^\s@]{1,64}@[^\s@]{3,255}"}
"""How the address of a channel or a mailbox looks, by its medium."""


def _channel(written: str) -> str:
    medium, _, address = written.partition(":")
    if medium not in CHANNELS or not re.fullmatch(CHANNELS[medium], address):
        raise ValueError("must be discord:CHANNEL, slack:CHANNEL (their ids) or email:ADDRESS")
    return written


def _sender(written: str) -> str:
    try:
        parsed = SMTP.header_factory("From", written)
        right = not parsed.defects and len(parsed.addresses) == 1 and parsed.addresses[0].domain
    except (MessageError, ValueError, IndexError):
        right = False
    if not right or not written.isascii() or not written.isprintable():
        raise ValueError("must be one mail address, with or without a name: Lookout <lookout@example.org>")
    return written


def is_operator(name: str) -> bool:
    """Can an operator be called so?"""
    return bool(re.fullmatch(r"[\w.-]{1,40}", name))


def _operators(written: str) -> str:
    for one in written.split():
        name, _, hashed = one.partition(":")
        if not is_operator(name) or not hashed.startswith("$argon2"):
            raise ValueError("must be lines as `lookout operator NAME` prints them, separated by spaces")
    return written


HALF_A_SLACK = "SLACK_BOT_TOKEN needs SLACK_APP_TOKEN beside it (Socket Mode), or SLACK_SIGNING_SECRET (over HTTP)"


class Server(NamedTuple):
    """A mail server. `tls`: STARTTLS, TLS from the first byte, or none, which is for this machine alone."""

    host: str
    port: int
    tls: Literal["starttls", "implicit", "none"]


def _lower(written: object) -> object:
    return written.lower() if isinstance(written, str) else written


def _secret(written: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", written.get_secret_value()):
        raise ValueError("must be one word of plain characters, as the platform shows it")
    return written


Secret = Annotated[SecretStr, AfterValidator(_secret)]
"""A token, which is shown nowhere."""

Folder = Annotated[Path, AfterValidator(Path.expanduser)]


class Settings(BaseSettings):
    """Where and how Lookout runs: `LOOKOUT_...` variables, or a `.env` file in the working directory.

    Tokens have the platforms' own names. `listen`: where the web site is served, and what Slack sends without Socket
    Mode is taken; `public_address`: what people and Slack call that place; `proxies`: whose word on whom they ask for
    is taken. `operators`: who may enter the operators' part of the site, with hashes of their passwords; `alerts`:
    where they are told how the sources do. `zone` is an IANA name and `digest_at` a local time there; `model` is a
    path or hub name of another embedding model, `feeds` another watch list. `evidence_days`: how long what sources
    sent is kept, 0: not at all. Only the command line makes one from the environment, through `settings()`.
    """

    model_config = SettingsConfigDict(
        env_prefix="LOOKOUT_", env_file=".env", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    data: Folder = Field(default_factory=lambda: user_data_path("lookout"))
    feeds: Folder | None = None
    contact: Annotated[str, AfterValidator(_contact)] = NO_CONTACT
    zone: Annotated[str, AfterValidator(_zone)] = "America/New_York"
    digest_at: Annotated[time, BeforeValidator(_clock)] = time(7, 0)
    model: str | None = None
    evidence_days: Annotated[int, Field(ge=0, le=36_500)] = 30
    allow_private: bool = False
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    public_address: Annotated[str, AfterValidator(_public)] | None = None
    listen: Annotated[str, AfterValidator(_host_and_port)] = "127.0.0.1:8000"
    proxies: Annotated[str, AfterValidator(_proxies)] = "127.0.0.1,::1"
    operators: Annotated[str, AfterValidator(_operators)] = ""
    alerts: Annotated[str, AfterValidator(_channel)] | None = None
    smtp: Annotated[str, AfterValidator(_smtp)] | None = None
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: Annotated[str, AfterValidator(_sender)] | None = None
    dkim_key: Folder | None = None
    dkim_selector: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")] | None = None
    congress_gov_key: Secret | None = None
    regulations_gov_key: Secret | None = None
    discord_token: Secret | None = Field(default=None, validation_alias="DISCORD_TOKEN")
    slack_bot_token: Secret | None = Field(default=None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: Secret | None = Field(default=None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: Secret | None = Field(default=None, validation_alias="SLACK_SIGNING_SECRET")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown, in no log and no error."""
        chats = (self.discord_token, self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        kept = (*chats, self.smtp_password, self.congress_gov_key, self.regulations_gov_key)
        return tuple(secret.get_secret_value() for secret in kept if secret is not None)

    def key(self, name: str) -> str | None:
        """Return the key that the variable of this name holds, for a source that wants one; None: there is none."""
        keys = {
            "LOOKOUT_CONGRESS_GOV_KEY": self.congress_gov_key,
            "LOOKOUT_REGULATIONS_GOV_KEY": self.regulations_gov_key,
        }
        key = keys[name]
        return key.get_secret_value() if key else None

    @property
    def host_and_port(self) -> tuple[str, int] | None:
        """Where the web site is served; None: nowhere."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if self.listen != OFF else None

    @property
    def base(self) -> str:
        """Where people find the site, without a slash at its end."""
        return self.public_address or f"http://{self.listen}"

    @property
    def passwords(self) -> Mapping[str, str]:
        """The operators' names, and the hashes of their passwords."""
        return dict(one.split(":", 1) for one in self.operators.split())

    @property
    def alert_channel(self) -> tuple[str, str] | None:
        """Where operators are told how the sources do: a medium and an address there; None: in the log alone."""
        medium, _, address = (self.alerts or "").partition(":")
        return (medium, address) if medium else None

    @property
    def mail_server(self) -> Server | None:
        """Where mail is handed over; None: it is not."""
        if self.smtp is None:
            return None
        server = urlsplit(self.smtp)
        host, implicit = server.hostname or "", server.scheme == "smtps"
        tls: Literal["starttls", "implicit", "none"]
        tls = "implicit" if implicit else "none" if host in LOOPBACK else "starttls"
        return Server(host, server.port or (465 if implicit else 587), tls)

    @property
    def sender(self) -> Address | None:
        """Whom mails come from."""
        parsed = SMTP.header_factory("From", self.mail_from) if self.mail_from else None
        return parsed.addresses[0] if parsed else None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Refuse halves of things: they would start, and not do what was meant."""
        if self.slack_bot_token and not (self.slack_app_token or self.slack_signing_secret):
            raise ValueError(HALF_A_SLACK)
        if self.slack_app_token and not self.slack_bot_token:
            raise ValueError("SLACK_APP_TOKEN needs SLACK_BOT_TOKEN beside it")
        tells = {"discord": self.discord_token, "slack": self.slack_bot_token, "email": self.smtp}
        if self.alert_channel and not tells[self.alert_channel[0]]:
            wanted = {"discord": "DISCORD_TOKEN", "slack": "SLACK_BOT_TOKEN", "email": "LOOKOUT_SMTP"}
            raise ValueError(f"LOOKOUT_ALERTS={self.alerts} needs {wanted[self.alert_channel[0]]} beside it")
        over_http = self.slack_bot_token and not self.slack_app_token
        if self.listen == OFF and (over_http or self.smtp):
            what = "Slack without SLACK_APP_TOKEN" if over_http else "LOOKOUT_SMTP"
            raise ValueError(f"{what} needs the web site: LOOKOUT_LISTEN must not be off")
        if self.smtp and not (self.mail_from and self.public_address):
            lacks = "LOOKOUT_PUBLIC_ADDRESS" if self.mail_from else "LOOKOUT_MAIL_FROM"
            why = ": links in mails lead there" if self.mail_from else ""
            raise ValueError(f"LOOKOUT_SMTP needs {lacks} beside it{why}")
        if bool(self.smtp_user) != bool(self.smtp_password):
            raise ValueError("LOOKOUT_SMTP_USER and LOOKOUT_SMTP_PASSWORD are needed together, or neither")
        if bool(self.dkim_key) != bool(self.dkim_selector):
            raise ValueError("LOOKOUT_DKIM_KEY and LOOKOUT_DKIM_SELECTOR are needed together, or neither")
        return self


_NEARLY = 0.85
"""Likeness (difflib) from which a name is taken for a misspelt one: LOOKOUT_CONGRESS_KEY has .91."""


def settings() -> Settings:
    """Return the settings of this process.

    Raises ConfigError naming each bad variable, and whether it stands in the environment or in `.env`.
    """
    try:
        return Settings()
    except ValidationError as e:
        in_environment = _bad_in_environment()
        raise ConfigError([_mistake(error, in_environment) for error in e.errors()]) from e
    except UnicodeDecodeError as e:
        raise ConfigError([Mistake(file=".env", line=None, says="is not UTF-8; save it as UTF-8")]) from e


def misspelt() -> dict[str, str]:
    """Return variables that are no settings but nearly called so, with the settings that may be meant.

    What else begins with LOOKOUT_ may be another's: Kubernetes names its services so.
    """
    known = [f"LOOKOUT_{name.upper()}" for name, field in Settings.model_fields.items() if not field.validation_alias]
    said = {name.upper() for source in (EnvSettingsSource, DotEnvSettingsSource) for name in source(Settings).env_vars}
    odd = sorted(name for name in said.difference(known) if name.startswith("LOOKOUT_"))
    meant = {name: get_close_matches(name, known, n=1, cutoff=_NEARLY) for name in odd}
    return {name: found[0] for name, found in meant.items() if found}


def _bad_in_environment() -> set[str]:
    """Return the settings that are wrong even when no `.env` is read."""
    try:
        Settings(_env_file=None)
    except ValidationError as e:
        return {str(error["loc"][0]) for error in e.errors() if error["loc"]}
    return set()


WANTED = {
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "literal_error": "must be debug, info, warning or error",
    "string_pattern_mismatch": "must be the name of the key in the DNS, such as lookout or 2026.lookout",
}


def _mistake(error: ErrorDetails, in_environment: set[str]) -> Mistake:
    own_words = str(error["ctx"]["error"]) if error["type"] == "value_error" else error["msg"]
    if not error["loc"]:  # of several settings together
        return Mistake(file="settings", line=None, says=own_words)
    name = str(error["loc"][0])
    shown = name if name.isupper() else f"LOOKOUT_{name.upper()}"
    return Mistake(
        file="environment" if name in in_environment else ".env",
        line=None,
        says=f"{shown} {WANTED.get(error['type'], own_words)}",
    )
