"""The body of an answer: unpacked piece by piece under a byte cap, and whole or not at all."""

import zlib
from collections.abc import AsyncIterable, Generator, Iterator

from bot.errors import FetchError
from bot.fetch.answers import printable

# The most that one call of the decompressor may give: 809 bytes of brotli became 2.1 GB in a client that did not ask.
PIECE = 65_536
GZIP_MAGIC = b"\x1f\x8b"
# Each member costs a copy of what is left of its network read, so a flood of empty ones would burn our time;
# writers of honest multi-member files put at least 64 KB into each.
MOST_MEMBERS = 1_000


async def whole_body(raw: AsyncIterable[bytes], *, encoding: str, most: int) -> bytes:
    """Return the body in full, decompressed, of at most `most` bytes. `encoding`: what Content-Encoding says.

    Raises FetchError: "too large" past the cap (counted before and after decompression), "unreachable" where gzip or
    deflate breaks off, "server error" where they are damaged or the answer is packed in a way we did not ask for.
    """
    unpacked = _unpacker(encoding)
    body = bytearray()
    came = 0
    async for part in raw:
        came += len(part)
        for piece in unpacked.pieces(part):
            body += piece
            if max(len(body), came) > most:
                raise FetchError("too large", f"over {most / 2**20:.3g} MiB after decompression")
    if not unpacked.is_whole:
        raise FetchError("unreachable", "the connection broke off inside the compressed document")
    return bytes(body)


class _Plain:
    is_whole = True  # HTTP itself tells whether an unpacked body is

    def pieces(self, raw: bytes) -> Iterator[bytes]:
        yield raw


class _Packed:
    """gzip with any number of members, or deflate with or without its zlib header."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._member: zlib._Decompress | None = None
        self._members = 0

    @property
    def is_whole(self) -> bool:
        return self._member is None

    def pieces(self, raw: bytes) -> Iterator[bytes]:
        try:
            while raw:
                self._member = self._member or self._next_member(raw)
                if not self._member:
                    return
                raw = yield from self._of_member(self._member, raw)
        except zlib.error as e:
            raise FetchError("server error", "the compressed document is damaged") from e

    def _next_member(self, raw: bytes) -> "zlib._Decompress | None":
        """Begin to unpack; None: what follows a whole document is padding, as other readers also take it."""
        if self._members and not (self._gzip and GZIP_MAGIC.startswith(raw[:2])):
            return None
        if self._members == MOST_MEMBERS:
            raise FetchError("too large", f"over {MOST_MEMBERS} gzip members")
        self._members += 1
        return zlib.decompressobj(wbits=31 if self._gzip else _deflate_bits(raw))

    def _of_member(self, member: "zlib._Decompress", raw: bytes) -> Generator[bytes, None, bytes]:
        while True:
            piece = member.decompress(raw, PIECE)
            yield piece
            if member.eof:
                self._member = None
                return member.unused_data
            raw = member.unconsumed_tail
            # A full piece may leave more inside the decompressor, even when it has eaten all its input.
            if not raw and len(piece) < PIECE:
                return b""


def _unpacker(encoding: str) -> _Plain | _Packed:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Packed(gzip=True)
        case "deflate":
            return _Packed(gzip=False)
        case other:
            raise FetchError("server error", f"packed as {printable(other)}, which we did not ask for")


def _deflate_bits(raw: bytes) -> int:
    # RFC 9110 means zlib by "deflate", yet some servers send the bare stream. A zlib header's first byte ends in 8
    # (RFC 1950); a bare stream's cannot, but for a stored block with its padding set.
    return 15 if raw[0] & 0x0F == 8 else -15
