"""Documents arrive whole, whatever the packing and wherever the network cuts it."""

import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FetchError
from bot.fetch.bodies import whole_body

MIB = 2**20
PAGE = b"<p>Sample: a statement on face matching at the border.</p>" * 3000


async def read(packed: bytes, encoding: str, cut: int = 1000, *, most: int = MIB) -> bytes:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(packed), cut):
            yield packed[start : start + cut]

    return await whole_body(pieces(), encoding=encoding, most=most)


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE),
    "GZIP": gzip.compress(PAGE[:70_000]) + gzip.compress(b"") + gzip.compress(PAGE[70_000:]),
    "deflate": zlib.compress(PAGE),
    "Deflate": bare_deflate(PAGE),
    "identity": PAGE,
    "": PAGE,
}


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("cut", [1, 7, 1000, MIB])
async def test_every_packing_we_read_gives_the_same_page(encoding: str, cut: int) -> None:
    assert await read(PACKED[encoding], encoding, cut, most=MIB) == PAGE


@settings(deadline=None)
@given(data=st.binary(max_size=300_000), times=st.integers(1, 40), bits=st.sampled_from([31, 15, -15]))
async def test_bytes_of_any_kind_survive_packing(data: bytes, times: int, bits: int) -> None:
    packer = zlib.compressobj(wbits=bits)
    packed = packer.compress(data * times) + packer.flush()
    encoding = "gzip" if bits == 31 else "deflate"
    assert await read(packed, encoding, 65_536, most=64 * MIB) == data * times


async def test_the_last_byte_is_not_lost_inside_the_decompressor() -> None:
    zeros = bytes(65_537)  # one more than a piece: zlib eats all of its input before it gives the last one
    assert await read(bare_deflate(zeros), "deflate", most=MIB) == zeros


@pytest.mark.parametrize("padding", [b"\0" * 512, b"\r\n", b"<!-- cached -->"])
async def test_padding_after_the_document_is_not_part_of_it(padding: bytes) -> None:
    assert await read(gzip.compress(PAGE) + padding, "gzip", most=MIB) == PAGE


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "Deflate"])
@pytest.mark.parametrize("missing", [1, 8, 9, 100])
async def test_a_document_cut_short_is_no_document(encoding: str, missing: int) -> None:
    with pytest.raises(FetchError) as e:
        await read(PACKED[encoding][:-missing], encoding, most=MIB)
    assert e.value.reason == "unreachable"


async def test_a_second_part_cut_short_is_no_document() -> None:
    with pytest.raises(FetchError) as e:
        await read(gzip.compress(PAGE) + gzip.compress(PAGE)[:-4], "gzip", most=MIB)
    assert e.value.reason == "unreachable"


@pytest.mark.parametrize("packed", [PAGE, gzip.compress(PAGE)[:-8] + bytes(8), b"\x1f\x8b\x08" + PAGE])
async def test_damage_is_named(packed: bytes) -> None:
    with pytest.raises(FetchError) as e:
        await read(packed, "gzip", most=MIB)
    assert (e.value.reason, e.value.detail) == ("server error", "the compressed document is damaged")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "br\x1b[31m"])
async def test_a_packing_we_did_not_ask_for_is_refused(encoding: str) -> None:
    with pytest.raises(FetchError, match="did not ask for") as e:
        await read(b"anything", encoding, most=MIB)
    assert e.value.reason == "server error"
    assert e.value.detail.isprintable()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
async def test_the_cap_is_exact(encoding: str) -> None:
    packed = {"gzip": gzip.compress(PAGE), "deflate": zlib.compress(PAGE), "": PAGE}[encoding]
    assert await read(packed, encoding, most=len(PAGE)) == PAGE
    with pytest.raises(FetchError) as e:
        await read(packed, encoding, most=len(PAGE) - 1)
    assert e.value.reason == "too large"


async def test_endless_parts_that_unpack_to_nothing_are_too_large() -> None:
    with pytest.raises(FetchError) as e:
        await read(gzip.compress(b"") * 100_000, "gzip", 65_536, most=20 * MIB)
    assert e.value.reason == "too large"
