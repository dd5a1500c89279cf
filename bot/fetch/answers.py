"""What an answer means: a document, a way on, or a named failure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from bot.errors import FetchError, Reason
from bot.fetch.walls import wall_of

REDIRECTS = {301, 302, 303, 307, 308}
# 203 is 200 by way of a proxy. Other successes (202, 204, 206) carry no document, or a part of one.
DOCUMENTS = {200, 203}
LONGEST_WAIT = timedelta(days=1)
LONGEST_HEADER = 1_024
LONGEST_DETAIL = 200
# federalregister.gov sends unwelcome programs here, with a page that looks like any other.
WALL_HOSTS = {"unblock.federalregister.gov"}
LAST_PORT = 65_535
MOST_HEADERS = 64
MOST_OF_HEADERS = 8_192


class Broken(FetchError):
    """The connection broke, or what came was no HTTP: "unreachable", where a second try may go well."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer. `body` is read only where the status promises a document; `conditional`: we sent validators."""

    url: httpx.URL
    status: int
    headers: httpx.Headers
    body: bytes
    conditional: bool

    @property
    def is_redirect(self) -> bool:
        """Does it name another address to ask?"""
        return self.status in REDIRECTS and "Location" in self.headers

    @property
    def is_unchanged(self) -> bool:
        """Is what we have current? Only an answer to our validators can say so."""
        return self.status == 304 and self.conditional


def callable_url(text: str) -> httpx.URL:
    """Return the address, fit to be called: http or https, a host, a port there can be, no credentials.

    Raises FetchError "unsafe address".
    """
    try:
        url = httpx.URL(text)
        named = bool(url.host)  # decoded only now, which fails where "xn--" is no Punycode
    except (httpx.InvalidURL, ValueError) as e:
        raise FetchError("unsafe address", "not an address that can be called") from e
    if url.scheme not in ("http", "https"):
        says = (
            f"is {printable(url.scheme)}:, not http or https"
            if url.scheme
            else "does not begin with https:// or http://"
        )
        raise FetchError("unsafe address", f"the address {says}")
    if not named:
        raise FetchError("unsafe address", "the address names no host")
    if url.port is not None and not 0 <= url.port <= LAST_PORT:
        raise FetchError("unsafe address", f"the address of {host_of(url)} has a port that there is not")
    if url.userinfo:
        raise FetchError("unsafe address", f"the address of {host_of(url)} carries a user name or password")
    return url


def next_address(answer: Answer) -> httpx.URL:
    """Return where a redirect leads. Raises FetchError where that is a bot wall or must not be called."""
    try:
        joined = str(answer.url.join(answer.headers["Location"]))
    except (httpx.InvalidURL, ValueError) as e:
        raise FetchError("unsafe address", f"{host_of(answer.url)} redirects to no address that can be called") from e
    url = callable_url(joined)
    if url.host in WALL_HOSTS:
        raise FetchError("blocked", f"bot wall: {host_of(answer.url)} redirects to {host_of(url)}")
    return url


def refusal(answer: Answer, now: datetime) -> FetchError | None:
    """Return why an answer is not a document, or None where it is one.

    An empty document is "not a feed": no kind of feed and no page is empty, and an empty answer read as an empty list
    would look like news that went away.
    """
    host = host_of(answer.url)
    if wall := wall_of(answer.headers, answer.body):
        return _failure("blocked", f"bot wall of {wall} at {host} ({answer.status})", answer, now)
    if answer.status not in DOCUMENTS:
        return refused_status(answer, now)
    if not answer.body.strip():
        return _failure("not a feed", f"an empty document from {host}", answer, now)
    return None


def refused_status(answer: Answer, now: datetime) -> FetchError:
    """Return the failure that a status means; the answer's own is none of DOCUMENTS."""
    return _failure(_reason(answer.status), f"{answer.status} from {host_of(answer.url)}", answer, now)


def retry_after(headers: httpx.Headers, now: datetime) -> datetime | None:
    """Return when the server asks to be called again, between now and a day from now; None: it does not say."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        # Ten digits are more seconds than a day has, and few enough for int() and timedelta.
        return now + min(timedelta(seconds=int(said[:10])), LONGEST_WAIT)
    try:
        then = parsedate_to_datetime(said)
        # Its zone may lead out of the years there are.
        aware = then.replace(tzinfo=UTC) if then.tzinfo is None else then.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(aware, now), now + LONGEST_WAIT)


def plain_header(headers: httpx.Headers, name: str) -> str | None:
    """Return the header unchanged, or None where it is absent, long or not printable ASCII."""
    return plain(headers.get(name))


def kept_headers(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    """Return the headers that are kept with a document, in order, printable; what is too much is left out."""
    kept: list[tuple[str, str]] = []
    room = MOST_OF_HEADERS
    for raw_name, raw_value in headers.raw:
        name, value = _one_line(raw_name), _one_line(raw_value)
        size = len(name) + len(value)
        # A cookie says nothing of the document, and lets whoever reads it speak as us.
        if size > room or len(kept) == MOST_HEADERS or name.lower() == "set-cookie":
            continue
        room -= size
        kept.append((name, value))
    return tuple(kept)


def plain(value: str | None) -> str | None:
    """Return the value unchanged where it may stand in a header of ours, otherwise None."""
    if value and value.isascii() and value.isprintable() and len(value) <= LONGEST_HEADER:
        return value
    return None


def host_of(url: httpx.URL) -> str:
    """Return the host as it goes over the wire: safe to print, and without the secrets an address may hold."""
    return printable(url.raw_host.decode("ascii", "replace"))


def printable(text: str) -> str:
    """Return foreign text on one line, without control characters, at most LONGEST_DETAIL long."""
    return _one_line(text[:LONGEST_DETAIL]).strip()


def _one_line(text: str | bytes) -> str:
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _failure(reason: Reason, detail: str, answer: Answer, now: datetime) -> FetchError:
    return FetchError(reason, detail, retry_after=retry_after(answer.headers, now))


def _reason(status: int) -> Reason:
    match status:
        case 401 | 403 | 429 | 451:
            return "blocked"
        case 404 | 410:
            return "gone"
        case _:
            return "server error"
