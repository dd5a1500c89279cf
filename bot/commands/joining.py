"""Who is told directly: by mail, where nobody is told who did not confirm it from their own mailbox; and programs.

a wish -> a mail with a link that carries it, nothing else is kept -> confirmed: a subscriber -> changed, or forgotten
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email

from bot import composing
from bot.commands.subscribing import Filter, as_subscription, known_zone
from bot.errors import Refused
from bot.gates import MEMORY
from bot.links import TO_CONFIRM, Links
from bot.records import LOCAL, Subscriber, Subscription, Watchlist
from bot.schedule import read_schedule, told_until
from bot.store import Store

MEDIUM = "email"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants to be told by mail, as they wrote it; topics and sources separated by commas."""

    topics: str = "everything"
    sources: str = ""
    words: str = ""
    schedule: str = "daily"
    zone: str = "America/New_York"

    def settings(self) -> dict[str, Any]:
        """Return what of it belongs to the subscriber. Raises Refused for what cannot be read."""
        return {"schedule": read_schedule(self.schedule), "zone": known_zone(self.zone)}

    def subscription(self, watchlist: Watchlist, by: str) -> Subscription:
        """Return what of it is to be followed. Raises Refused for what we do not have."""
        return as_subscription(watchlist, Filter(topic=self.topics, sources=self.sources, words=self.words), by=by)


def as_address(written: str) -> str:
    """Return a mail address as we write to it, its domain in lower case. Raises Refused where it is none.

    Only what every mail server takes: other letters than ASCII before the @ are none of it.
    """
    try:
        found = validate_email(written.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as e:
        raise Refused(f"this is no mail address that we can write to: {e}") from e
    return found.ascii_email or found.normalized


def reader_id(links: Links, address: str) -> str:
    """Return the id of the subscriber with this mail address, or that it would have; logs show it, not the address."""
    # Nearly no mailbox tells upper case from lower; who signs up twice is one reader.
    return f"{MEDIUM}:{links.mark('reader', address.casefold())}"


async def ask_to_join(
    store: Store, links: Links, watchlist: Watchlist, address: str, wish: Wish, now: datetime
) -> None:
    """Send a link to an address, by which its owner confirms the wish; who is told already gets one to the settings.

    Raises Refused for what cannot be read or is no address. Nothing about the address is kept but that mail, until it
    is sent.
    """
    address = as_address(address)
    wish.settings()
    wish.subscription(watchlist, "")
    known = await store.subscribers.named(reader_id(links, address))
    if known is not None and not known.gone:
        address = known.address  # where a server tells upper case from lower, the other is somebody else's
        subject = "Your subscription to Lookout"
        says = (
            "Somebody, probably you, asked on our site to be told by mail. You already are.\n\n"
            f"Your settings:\n{links.to_settle(known.handle, now)}\n\n"
            f"Unsubscribe:\n{links.to_leave(known.handle)}\n"
        )
    else:
        subject = "Confirm your subscription to Lookout"
        link = links.to_confirm({"address": address, **asdict(wish)}, now)
        says = (
            "Somebody, probably you, asked on our site for digests of what Congress, DHS and the press say about "
            "facial recognition and immigration enforcement, sent to this address.\n\n"
            f"To confirm, open this and press the button there; it is good for {TO_CONFIRM.days} days:\n{link}\n\n"
            "If it was not you, do nothing: nothing more will be sent, and the address is not kept.\n"
        )
    key = secrets.token_hex(10)
    await store.reports.compose(
        [composing.notice(key, reader_id(links, address), MEDIUM, address, says, now, subject=subject)]
    )


async def confirm(store: Store, links: Links, watchlist: Watchlist, token: str, now: datetime) -> Subscriber:
    """Begin to tell whoever opened a link to confirm, and return them; who is told already goes on as they are.

    Who had refused us is told again, as they now wish. Raises Refused where the link is not ours or too old, or asks
    for what is followed no more.
    """
    address, wish = wished(links, token, now)
    known = await store.subscribers.named(reader_id(links, address))
    if known is not None and known.subscriptions:
        if not known.gone:
            return known  # an older link than their settings
        return await _rewritten(store, watchlist, known, wish, now, is_back=True)
    new = Subscriber(
        id=reader_id(links, address),
        medium=MEDIUM,
        address=address,
        community=LOCAL,
        place="direct",
        handle=links.mark("handle", address.casefold()),  # who comes back can still leave by an old link
        consented=now,
        **wish.settings(),
    )
    follows = wish.subscription(watchlist, new.id)
    try:
        made = await store.subscribers.follow(
            new, follows, now, until=told_until(new.schedule, now), since=now - MEMORY, check=_is_new
        )
    except Refused:
        standing = await store.subscribers.named(new.id)
        if standing is None:
            raise
        return standing  # the button was pressed twice
    return replace(new, subscriptions=(made,))


async def add_webhook(
    store: Store, links: Links, watchlist: Watchlist, address: str, wish: Wish, now: datetime
) -> Subscriber:
    """Begin to tell a program, at an address that was checked, and return it. Raises Refused as `ask_to_join` does."""
    id_ = f"webhook:{links.mark('webhook', address)}"  # the address may be a secret of theirs
    new = Subscriber(id=id_, medium="webhook", address=address, community=LOCAL, place="direct", **wish.settings())
    follows = wish.subscription(watchlist, id_)
    until = told_until(new.schedule, now)
    made = await store.subscribers.follow(new, follows, now, until=until, since=now - MEMORY, check=_is_new)
    return replace(new, subscriptions=(made,))


def _is_new(standing: Subscriber | None) -> None:
    if standing is not None and standing.subscriptions:
        raise Refused("this address is told already")


def wished(links: Links, token: str, now: datetime) -> tuple[str, Wish]:
    """Return the address and the wish in a link to confirm. Raises Refused where it is not ours or too old."""
    said: Mapping[str, Any] = links.confirming(token, now)
    return said["address"], Wish(**{name: said[name] for name in asdict(Wish())})


async def settling(store: Store, links: Links, token: str, now: datetime) -> Subscriber:
    """Return the subscriber whose settings a link opens. Raises Refused where it is not ours, or they have left."""
    found = await store.subscribers.holding(links.settling(token, now))
    if found is None or not found.subscriptions:
        raise Refused("this address is told nothing any more; you can subscribe again")
    return found


async def change(store: Store, watchlist: Watchlist, reader: Subscriber, wish: Wish, now: datetime) -> Subscriber:
    """Tell a reader what and when they now wish, and return them. Raises Refused as `ask_to_join` does.

    Of what they newly follow they are also told what came in the last days, as far as the next digest looks back.
    """
    return await _rewritten(store, watchlist, reader, wish, now)


async def _rewritten(
    store: Store, watchlist: Watchlist, reader: Subscriber, wish: Wish, now: datetime, *, is_back: bool = False
) -> Subscriber:
    """Write what a reader now wishes, and return them. `is_back`: they were gone, and have just confirmed it."""
    settings, follows = wish.settings(), replace(wish.subscription(watchlist, reader.id), id=reader.subscriptions[0].id)
    moved = any(getattr(reader, name) != value for name, value in settings.items())
    until = told_until(settings["schedule"], now) if moved else None
    if is_back:
        settings |= {"consented": now, "paused": False}
    since = now - MEMORY if is_back else None
    if not await store.subscribers.rewrite(reader.id, follows, settings, until, since=since):
        raise Refused("this address is told nothing any more; you can subscribe again")
    return replace(reader, subscriptions=(follows,), gone=None if is_back else reader.gone, **settings)


async def leave(store: Store, links: Links, token: str) -> bool:
    """Forget whoever a link to leave stands for, with all that was sent to them. False: they had left already.

    Raises Refused where the link is not ours.
    """
    found = await store.subscribers.holding(links.leaving(token))
    if found is None:
        return False
    await store.subscribers.forget(found.id)
    return True
