"""Vectors for the items that have none, newest first: a few at a time, so that a kill anywhere costs only those.

fill       what new items lack, in the model that serves searches
reembed    the whole archive in another model, which serves once nothing is missing; then the old vectors go
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.matching import Embedder, gist, without_banner
from bot.store import Store

log = structlog.get_logger()

AT_ONCE = 32
"""Items embedded and written together: some two seconds, the longest that a poll waits for the model."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Reembedded:
    """What a change of models came to: vectors made now, and old ones deleted now; more may have been before a kill."""

    model: str
    made: int
    forgotten: int


async def fill(
    store: Store, embedder: Embedder, turn: asyncio.Lock, progress: Progress = lambda *_: None, most: int | None = None
) -> int:
    """Make the vectors that items lack, at most `most` of them; return how many were made.

    `turn` is held while the model is used. `progress` hears (made, to be made). Where another model's vectors serve,
    nothing is made: mixing two models is no search, and embedding an archive again is for `reembed` to do.
    """
    serving = await store.vectors.serving()
    if serving not in (None, embedder.name):
        log.warning(
            "search by meaning waits for `lookout import --reembed`: the model was changed",
            serving=serving,
            model=embedder.name,
        )
        return 0
    missing = (await store.vectors.missing(embedder.name))[:most]
    made = 0
    for start in range(0, len(missing), AT_ONCE):
        made += await _some(store, embedder, turn, missing[start : start + AT_ONCE])
        progress(made, len(missing))
    if made:
        await store.vectors.settle()
    return made


async def reembed(store: Store, embedder: Embedder, turn: asyncio.Lock, progress: Progress) -> Reembedded:
    """Embed all items with this model beside the vectors that serve; when none is missing let it serve, forget others.

    Resumable: what was written before a kill is not made again. Matches are not judged again: each keeps the model
    that it was judged with.
    """
    made = 0
    # Other processes go on writing: what arrives while we embed is embedded in the next round.
    while not await store.vectors.serve(embedder.name):
        missing = await store.vectors.missing(embedder.name)
        done = made
        for start in range(0, len(missing), AT_ONCE):
            made += await _some(store, embedder, turn, missing[start : start + AT_ONCE])
            progress(made, done + len(missing))
    await store.vectors.settle()
    return Reembedded(model=embedder.name, made=made, forgotten=await store.vectors.forget_others())


async def _some(store: Store, embedder: Embedder, turn: asyncio.Lock, numbered: list[int]) -> int:
    async with turn:
        items = await store.items(numbered)
        vectors = await asyncio.to_thread(embedder.encode, [gist(without_banner(item)) for item in items.values()])
    return await store.vectors.keep(embedder.name, items, vectors)
