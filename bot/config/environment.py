"""Where and how Lookout runs: the environment and `.env`, checked."""

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
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


def _lower(written: object) -> object:
    return written.lower() if isinstance(written, str) else written


class Settings(BaseSettings):
    """Where and how Lookout runs: `LOOKOUT_...` variables, or a `.env` file in the working directory.

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
        return {str(error["loc"][0]) for error in e.errors()}
    return set()


WANTED = {
    "bool_parsing": "must be true or false",
    "literal_error": "must be debug, info, warning or error",
}


def _mistake(error: ErrorDetails, in_environment: set[str]) -> Mistake:
    name = str(error["loc"][0])
    own_words = str(error["ctx"]["error"]) if error["type"] == "value_error" else error["msg"]
    return Mistake(
        file="environment" if name in in_environment else ".env",
        line=None,
        says=f"LOOKOUT_{name.upper()} {WANTED.get(error['type'], own_words)}",
    )
