"""Where and how Lookout runs: the environment and `.env`, checked."""

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

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


def _public(written: str) -> str:
    if not re.fullmatch(r"https://[^\s/]+(/[^\s]*)?", written):
        raise ValueError("must be a web address that begins with https://")
    return written


def _host_and_port(written: str) -> str:
    port = re.fullmatch(r"(?:[\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})", written)
    if port is None or int(port[1]) > 65535:
        raise ValueError("must be an address and a port, such as 127.0.0.1:8000")
    return written


HALF_A_SLACK = (
    "SLACK_BOT_TOKEN needs SLACK_APP_TOKEN beside it (Socket Mode), or LOOKOUT_PUBLIC_ADDRESS and SLACK_SIGNING_SECRET"
)


def _lower(written: object) -> object:
    return written.lower() if isinstance(written, str) else written


def _secret(written: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", written.get_secret_value()):
        raise ValueError("must be one word of plain characters, as the platform shows it")
    return written


Secret = Annotated[SecretStr, AfterValidator(_secret)]
"""A token, which is shown nowhere."""


class Settings(BaseSettings):
    """Where and how Lookout runs: `LOOKOUT_...` variables, or a `.env` file in the working directory.

    Tokens have the platforms' own names. `public_address`: where Slack reaches us, over `listen`, not by Socket Mode.
    `zone` is an IANA name and `digest_at` a local time there; `model` is a path or hub name of another embedding
    model, `feeds` another watch list. Only the command line makes one from the environment, through `settings()`.
    """

    model_config = SettingsConfigDict(
        env_prefix="LOOKOUT_", env_file=".env", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    data: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=lambda: user_data_path("lookout"))
    feeds: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    contact: Annotated[str, AfterValidator(_contact)] = NO_CONTACT
    zone: Annotated[str, AfterValidator(_zone)] = "America/New_York"
    digest_at: Annotated[time, BeforeValidator(_clock)] = time(7, 0)
    model: str | None = None
    allow_private: bool = False
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    public_address: Annotated[str, AfterValidator(_public)] | None = None
    listen: Annotated[str, AfterValidator(_host_and_port)] = "127.0.0.1:8000"
    discord_token: Secret | None = Field(default=None, validation_alias="DISCORD_TOKEN")
    slack_bot_token: Secret | None = Field(default=None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: Secret | None = Field(default=None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: Secret | None = Field(default=None, validation_alias="SLACK_SIGNING_SECRET")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown, in no log and no error."""
        kept = (self.discord_token, self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        return tuple(secret.get_secret_value() for secret in kept if secret is not None)

    @property
    def host_and_port(self) -> tuple[str, int]:
        """Where requests over HTTP are taken."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Refuse half a Slack: it would start, and never hear anybody."""
        signed = self.public_address and self.slack_signing_secret
        if self.slack_bot_token and not (self.slack_app_token or signed):
            raise ValueError(HALF_A_SLACK)
        if self.slack_app_token and not self.slack_bot_token:
            raise ValueError("SLACK_APP_TOKEN needs SLACK_BOT_TOKEN beside it")
        return self


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


def _bad_in_environment() -> set[str]:
    """Return the settings that are wrong even when no `.env` is read."""
    try:
        Settings(_env_file=None)
    except ValidationError as e:
        return {str(error["loc"][0]) for error in e.errors() if error["loc"]}
    return set()


WANTED = {
    "bool_parsing": "must be true or false",
    "literal_error": "must be debug, info, warning or error",
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
