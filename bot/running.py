"""Lookout at work until it is stopped: it watches, reports, delivers and answers, in one TaskGroup.

watching -> store -> reporting -> outbox -> delivering        people -> doors (Discord, Slack), web -> desk, commands
"""

import asyncio
import signal
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from starlette.routing import BaseRoute

from bot import attention, filling, outputs, pipeline, renaming, schedule, web, websub
from bot.app import (
    build_matcher,
    console,
    figures_file,
    folder,
    house_secret,
    opened,
    read_watchlist,
    utc_now,
    watched_files,
)
from bot.config import Settings
from bot.desk import Desk, Knowledge
from bot.errors import ConfigError, FetchError
from bot.links import Links
from bot.matching import Questions, load_figures
from bot.outputs import Door
from bot.parts import Parts
from bot.records import Feed, Hub, Item, Subscriber

log = structlog.get_logger()

TICK = timedelta(seconds=2)
"""How often we look whether something is due or feeds.yaml was edited."""

FILL_EVERY = timedelta(minutes=1)
"""How often we look for items without a vector: a third of a second's work where there are a million."""

TOLD_EVERY = timedelta(minutes=10)
"""How often operators are told at most how the sources do: a wall that goes up hits many at once."""

CLEANED_EVERY = timedelta(hours=1)
"""How often we look for subscribers to be forgotten."""


async def run(settings: Settings) -> None:
    """Watch and report until SIGTERM or SIGINT; feeds.yaml and the members are read again when they change."""
    # Before they are read, which takes a while: an edit made meanwhile must be noticed.
    edited = _edited(watched_files(settings))
    async with opened(settings) as parts:
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        running = _Running(settings, parts, edited)
        doors, site = running.opened_doors()
        async with asyncio.TaskGroup() as group:
            endless = (
                running.watching(group),
                running.reporting(),
                running.delivering(),
                running.filling(),
                running.housekeeping(),
                running.telling_operators(),
                running.subscribing(),
            )
            ends = [group.create_task(work) for work in (*endless, *site, *(door.run() for door in doors))]
            log.info("watching", feeds=len(parts.watchlist.feeds), data=str(settings.data))
            await stop.wait()
            log.info("stopping")
            for task in (*ends, *running.polls):
                task.cancel()


class _Running:
    """Remembers which polls are under way, and which watch list is in force."""

    def __init__(self, settings: Settings, parts: Parts, edited: Sequence[int]) -> None:
        self.settings = settings
        self.parts = parts
        self.polls: set[asyncio.Task[list[Item]]] = set()
        self._polling: set[str] = set()
        self._questions = Questions()
        self._looked: dict[str, tuple[object, datetime | None]] = {}
        self._edited = edited
        self._is_edited = False
        self._began = utc_now()

    def opened_doors(self) -> tuple[list[Door], list[Coroutine[Any, Any, None]]]:
        """Return the ways to people that there are settings for, and the web site; send through them from now on."""
        settings, doors, routes = self.settings, dict[str, Door](), list[BaseRoute]()
        secret, place = house_secret(settings), settings.host_and_port
        links, desk = Links(settings.base, secret), Desk(self._knows())
        if settings.discord_token:
            doors["discord"] = outputs.discord_door(settings.discord_token.get_secret_value(), desk)
        if settings.slack_bot_token:
            app_token, signing = settings.slack_app_token, settings.slack_signing_secret
            slack = outputs.slack_door(
                settings.slack_bot_token.get_secret_value(),
                desk,
                app_token=app_token.get_secret_value() if app_token else None,
                signing_secret=signing.get_secret_value() if signing else None,
            )
            doors["slack"], routes = slack, [*slack.routes]
        if (mail := outputs.email_door(settings, links)) is not None:
            doors["email"] = mail
        webhook = outputs.webhook_door(secret, allow_private=settings.allow_private, clock=utc_now)
        doors["webhook"] = webhook
        self.parts = replace(self.parts, outputs={**self.parts.outputs, **doors})
        if place is None:
            return list(doors.values()), []
        site = web.Site(
            knows=self._knows(),
            links=links,
            operators=web.Operators(settings.passwords, secret),
            mails=mail is not None,
            webhook_secret=webhook.secret_of,
            figures=load_figures(figures_file(settings)),
            allow_private=settings.allow_private,
        )
        return list(doors.values()), [web.serving(web.application(site, routes), *place, proxies=settings.proxies)]

    def _knows(self) -> Knowledge:
        return Knowledge(
            store=self.parts.store,
            watchlist=lambda: self.parts.watchlist,
            clock=utc_now,
            zone=self.settings.zone,
            questions=self._questions,
            closely=lambda item: self.parts.matcher.match([item], closely=True)[item.id][0],
        )

    async def watching(self, group: asyncio.TaskGroup) -> None:
        """Poll what is due, for ever."""
        while True:
            await self._reload()
            busy = self._polling | await self._renamed()
            states = await self.parts.store.states()
            now = utc_now()
            idle = [f for f in self.parts.watchlist.feeds if f.id not in busy]
            due = [f for f in idle if schedule.is_due(f, states.get(f.id), now)]
            if due:
                self._start(group, due)
            await asyncio.sleep(TICK.total_seconds())

    async def _renamed(self) -> set[str]:
        """Let feeds that an edit renamed take over what they were; return those that must wait, for a poll of old."""
        if not self._is_edited:
            return set()
        waiting = await renaming.take_over(self.parts.store, self.parts.watchlist, polling=self._polling)
        self._is_edited = bool(waiting)
        return waiting

    def _start(self, group: asyncio.TaskGroup, due: Sequence[Feed]) -> None:
        ids = {feed.id for feed in due}
        self._polling |= ids
        task = group.create_task(pipeline.watch(self.parts, due, lambda state: self._polling.discard(state.feed_id)))
        self.polls.add(task)
        task.add_done_callback(self.polls.discard)

    async def reporting(self) -> None:
        """Compose what is due, for ever."""
        await pipeline.place_waiting(self.parts)  # a copy of what was told must be known as one before it is told
        while True:
            await self._report()
            await asyncio.sleep(TICK.total_seconds())

    async def _report(self) -> None:
        reports, now = self.parts.store.reports, utc_now()
        newest = await reports.newest()
        until = {subscription: told for subscription, (_, told) in (await reports.periods()).items()}
        due = [schedule.due(reader, until, now, self._looked, newest) for reader in await self._readers()]
        # What was not sent yet is told first: after an outage nobody finds a heap of digests.
        busy = await reports.waited_for()
        readers = [reader for reader in due if reader is not None and reader.id not in busy]
        if readers:
            nothing = await pipeline.report(self.parts, readers)
            self._looked |= {subscription: (newest, until.get(subscription)) for subscription in nothing}

    async def delivering(self) -> None:
        """Send what waits in the outbox, for ever."""
        async with pipeline.sending(self.parts) as queue:
            while True:
                await queue.take()
                await asyncio.sleep(TICK.total_seconds())

    async def housekeeping(self) -> None:
        """Forget the subscribers that have long been gone, and evidence that is kept no longer."""
        while True:
            old = utc_now() - timedelta(days=self.settings.evidence_days)
            if forgotten := await self.parts.store.evidence.forget(old):
                log.info("evidence forgotten", documents=forgotten)
            for subscriber in await self.parts.store.subscribers.forget_gone(utc_now()):
                log.info("subscriber forgotten", subscriber=subscriber)
            await asyncio.sleep(CLEANED_EVERY.total_seconds())

    async def telling_operators(self) -> None:
        """Tell the operators of each change in how the sources do."""
        held = dict[str, datetime]()
        while True:
            if await self._first_round_is_over():
                to, zone = self.settings.alert_channel, self.settings.zone
                await attention.tell(self.parts.store, self.parts.watchlist.feeds, to, utc_now(), zone, held)
                await asyncio.sleep(TOLD_EVERY.total_seconds())
            await asyncio.sleep(TICK.total_seconds())

    async def subscribing(self) -> None:
        """Ask the hubs of feeds that are pushed to call us; for that we need an address that they can reach."""
        while self.settings.public_address and self.settings.host_and_port:
            followed = {feed.id for feed in self.parts.watchlist.feeds}
            for hub in await self.parts.store.hubs.all():
                if hub.feed_id in followed and websub.is_to_be_asked(hub, utc_now()):
                    await self._subscribed(hub)
            await asyncio.sleep(TICK.total_seconds())

    async def _subscribed(self, hub: Hub) -> None:
        await self.parts.store.hubs.asked(hub.feed_id, utc_now())
        form = websub.question(hub, f"{self.settings.base}/websub/{hub.token}")
        try:
            await self.parts.fetcher.post_form(websub.address(hub, plain=self.settings.allow_private), form)
        except FetchError as e:
            log.info("a hub did not take our wish", feed=hub.feed_id, reason=e.reason, detail=e.detail)

    async def filling(self) -> None:
        """Make vectors for what came, whenever the model is free."""
        while True:
            await filling.fill(self.parts.store, self.parts.embedder, self.parts.recording)
            await asyncio.sleep(FILL_EVERY.total_seconds())

    async def _readers(self) -> Sequence[Subscriber]:
        """Return who gets a digest; nobody before the first round is over."""
        if not await self._first_round_is_over():
            return ()
        chosen = [one for one in await self.parts.store.subscribers.all() if one.medium in self.parts.outputs]
        return (console(self.settings), folder(self.settings), *chosen)

    async def _first_round_is_over(self) -> bool:
        states = await self.parts.store.states()
        return schedule.is_first_round_over(self.parts.watchlist.feeds, states, self._began, utc_now())

    async def _reload(self) -> None:
        """Take over an edited feeds.yaml or renewed members; keep the old one, and say so, where it has mistakes."""
        edited = _edited(watched_files(self.settings))
        if edited == self._edited:
            return
        self._edited = edited
        try:
            watched = read_watchlist(self.settings)
            matcher = await asyncio.to_thread(build_matcher, self.settings, watched, self.parts.embedder)
        except (ConfigError, OSError) as e:
            log.warning("feeds.yaml not taken over, the old one stays in force", error=str(e))
            return
        self.parts = replace(self.parts, watchlist=watched, matcher=matcher)
        self._is_edited = True
        log.info("feeds.yaml taken over", feeds=len(watched.feeds), topics=len(watched.topics))


def _edited(paths: Sequence[Path]) -> Sequence[int]:
    """Return a mark of when each file was last written; 0 while it is away, as some editors do for a moment."""
    return [_written(path) for path in paths]


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
