"""What a site's robots.txt asks of us (RFC 9309), remembered for a day."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from protego import Protego

from bot.errors import FetchError
from bot.fetch.answers import DOCUMENTS, Answer, host_of, refused_status
from bot.fetch.turns import Queues

AGENT = "Lookout"
REMEMBERED = timedelta(days=1)  # RFC 9309, 2.4: no longer than 24 hours
# A robots.txt that could not be read closes the site, so it is asked for again soon.
FAILURE_REMEMBERED = timedelta(minutes=10)
LONGEST_DELAY = timedelta(seconds=30)
MOST_BYTES = 500 * 1024  # RFC 9309, 2.5: at least this much must be read
MOST_ORIGINS = 2_000
AGENT_LINE = re.compile(r"^[^\S\n]*user[- ]?agent[^\S\n]*:?[^\S\n]*([^\n#]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """`failure` None: the rules were read, or there are none."""

    until: datetime
    rules: Protego
    failure: FetchError | None = None


class Robots:
    """The rules of each origin, asked for once and then remembered.

    `ask` fetches a robots.txt, politely and guarded as any document; it raises FetchError where there is no answer.
    """

    def __init__(self, ask: Callable[[httpx.URL], Awaitable[Answer]], *, clock: Callable[[], datetime]) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[str, _Known] = {}  # asked for the longest ago first
        self._asking = Queues()

    async def delay_for(self, url: httpx.URL) -> timedelta:
        """Return the pause the site asks for between pages, at most LONGEST_DELAY.

        Raises FetchError: "blocked" where this page is closed to us; where robots.txt could not be read, which RFC 9309
        takes for a site wholly closed, the reason it could not.
        """
        known = await self._rules_of(url.copy_with(raw_path=b"/robots.txt", fragment=None))
        if known.failure:
            detail = f"robots.txt could not be read, so no page may be: {known.failure.detail}"
            raise FetchError(known.failure.reason, detail, retry_after=known.failure.retry_after)
        if not known.rules.can_fetch(str(url), AGENT):
            raise FetchError("blocked", f"robots.txt of {host_of(url)} closes this page to us", lasting=True)
        return min(timedelta(seconds=min(known.rules.crawl_delay(AGENT) or 0, 1e6)), LONGEST_DELAY)

    async def _rules_of(self, robots: httpx.URL) -> _Known:
        origin = str(robots)
        async with self._asking.turn(origin):
            known = self._known.get(origin)
            if known is None or known.until <= self._clock():
                known = await self._found(robots)
                self._remember(origin, known)
            return known

    async def _found(self, robots: httpx.URL) -> _Known:
        try:
            answer = await self._ask(robots)
        except FetchError as e:
            return self._failed(e)
        if answer.status in DOCUMENTS:
            return _Known(until=self._clock() + REMEMBERED, rules=_rules(answer.body))
        # 429 is the one 4xx that says "not now" and not "I have no rules".
        if 400 <= answer.status < 500 and answer.status != 429:
            return _Known(until=self._clock() + REMEMBERED, rules=_rules(b""))
        return self._failed(refused_status(answer, self._clock()))

    def _failed(self, failure: FetchError) -> _Known:
        return _Known(until=self._clock() + FAILURE_REMEMBERED, rules=_rules(b""), failure=failure)

    def _remember(self, origin: str, known: _Known) -> None:
        self._known.pop(origin, None)
        self._known[origin] = known
        if len(self._known) > MOST_ORIGINS:
            del self._known[next(iter(self._known))]


def _rules(body: bytes) -> Protego:
    text = body[:MOST_BYTES].decode("utf-8-sig", "replace")
    # Protego copies each rule into each agent's set: many agents with many rules in 500 KB would fill the memory.
    # We only ask as ourselves, so all others may share one name.
    return Protego.parse(AGENT_LINE.sub(lambda line: f"User-agent: {_shared_name(line[1])}", text))


def _shared_name(agent: str) -> str:
    token = agent.split("/")[0].strip().strip("*").lower()
    if not token:
        return "*"
    return AGENT if token == AGENT.lower() else "others"
