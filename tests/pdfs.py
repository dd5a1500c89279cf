"""PDFs for the tests, written by hand: letters, scans, locked ones, and some that mean harm."""

import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from hashlib import md5

from pypdfium2 import PdfDocument

FONT, FIRST = 3, 4
A_PAGE = "/Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"


def letter(*pages: Sequence[str], size: int = 11) -> bytes:
    """A PDF with these lines on its pages, as a word processor makes one."""
    return assembled(_letter(pages, size))


def scan(*pages: Sequence[str], dots_per_inch: int = 200) -> bytes:
    """The same as a scanner makes it: a picture of each page and not one letter."""
    pictures = []
    with closing(PdfDocument(letter(*pages, size=14))) as document:
        for n in range(len(document)):
            with closing(document[n].render(scale=dots_per_inch / 72, grayscale=True)) as bitmap:
                pictures.append((bitmap.width, bitmap.height, zlib.compress(bitmap.to_numpy().tobytes())))
    objects = _tree(len(pages))
    for n, (width, height, packed) in enumerate(pictures):
        place = FIRST + 3 * n
        objects[place] = f"<< {A_PAGE} /Resources << /XObject << /I {place + 2} 0 R >> >> /Contents {place + 1} 0 R >>"
        objects[place + 1] = stream(b"612 0 0 792 0 0 cm /I Do")
        objects[place + 2] = stream(
            packed,
            f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 8"
            " /ColorSpace /DeviceGray /Filter /FlateDecode",
        )
    return assembled(objects)


def locked(*pages: Sequence[str], password: str = "") -> bytes:
    """A PDF that may not be changed; with a password it may not be opened either (40 bits of RC4, ISO 32000-1 7.6)."""
    pad = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    user = (password.encode() + pad)[:32]
    owner = rc4(md5((b"owner" + pad)[:32]).digest()[:5], user)
    id_ = b"0123456789abcdef"
    key = md5(user + owner + (0xFFFFFFFC).to_bytes(4, "little") + id_).digest()[:5]
    objects = _letter(pages, 11)
    for number, content in objects.items():
        if isinstance(content, bytes) and b"stream\n" in content:
            head, _, rest = content.partition(b"stream\n")
            body = rest.removesuffix(b"\nendstream")
            own = md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10]
            objects[number] = head + b"stream\n" + rc4(own, body) + b"\nendstream"
    encrypt = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{rc4(key, pad).hex()}> /P -4 >>"
    return assembled(objects, f"{encrypt} /ID [<{id_.hex()}> <{id_.hex()}>]")


def rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def bomb(mebibytes: int = 2_000) -> bytes:
    """A page whose content unpacks to this size: a few megabytes of file.

    A mebibyte is packed once, apart from what is before it, and repeated; so is the sum of zlib's end (RFC 1950).
    """
    piece = b"BT (x) Tj ET " * 80_660
    packer = zlib.compressobj(9, wbits=-15)
    once = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    low, high = 1, 0
    of_low, of_high = zlib.adler32(piece, 0) & 0xFFFF, zlib.adler32(piece, 0) >> 16
    for _ in range(mebibytes):
        low, high = (low + of_low) % 65_521, (high + of_high + len(piece) * low) % 65_521
    packed = b"\x78\xda" + once * mebibytes + packer.flush() + (high << 16 | low).to_bytes(4, "big")
    return of_pages({FIRST: f"<< {A_PAGE} /Contents 5 0 R >>", 5: stream(packed, "/Filter /FlateDecode")})


def endless_tree() -> bytes:
    """Pages that are their own children."""
    return assembled(
        {1: "<< /Type /Catalog /Pages 2 0 R >>", 2: "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2000000 >>"}
    )


def wide(points: int = 1_000_000) -> bytes:
    """A blank drawing a thousand miles wide, which asks to be read as a picture."""
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {points} {points}] /Contents 5 0 R >>"
    return of_pages({FIRST: page, 5: stream(b"0 0 m 1 1 l S")})


def with_script() -> bytes:
    """A letter that wants to run a script and carries a file inside."""
    objects = _letter([["Dear Director,", "this is all there is to read."]], 11)
    objects[1] = "<< /Type /Catalog /Pages 2 0 R /OpenAction 20 0 R /Names << /EmbeddedFiles 21 0 R >> >>"
    objects[20] = "<< /S /JavaScript /JS (app.alert\\('run'\\); while\\(1\\){}) >>"
    objects[21] = "<< /Names [(evil.exe) 22 0 R] >>"
    objects[22] = "<< /Type /Filespec /F (evil.exe) /EF << /F 23 0 R >> >>"
    objects[23] = stream(b"MZ evil words of a program", "/Type /EmbeddedFile")
    return assembled(objects)


def of_pages(objects: Mapping[int, str | bytes]) -> bytes:
    return assembled(_tree(1) | dict(objects))


def stream(body: bytes, says: str = "") -> bytes:
    return f"<< /Length {len(body)} {says} >>\nstream\n".encode() + body + b"\nendstream"


def _letter(pages: Sequence[Sequence[str]], size: int) -> dict[int, str | bytes]:
    objects = _tree(len(pages), step=2)
    for n, lines in enumerate(pages):
        place = FIRST + 2 * n
        shown = " ".join(f"({_escaped(line)}) Tj T*" for line in lines)
        objects[place] = f"<< {A_PAGE} /Resources << /Font << /F {FONT} 0 R >> >> /Contents {place + 1} 0 R >>"
        objects[place + 1] = stream(f"BT /F {size} Tf {1.4 * size} TL 60 720 Td {shown} ET".encode("latin-1"))
    return objects


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _tree(pages: int, step: int = 3) -> dict[int, str | bytes]:
    kids = " ".join(f"{FIRST + step * n} 0 R" for n in range(pages))
    return {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        FONT: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }


def assembled(objects: Mapping[int, str | bytes], trailer: str = "") -> bytes:
    """Return a file of these objects, by their numbers; 1 is the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), dict[int, int]()
    for number, content in objects.items():
        places[number] = len(out)
        out += f"{number} 0 obj\n".encode() + (content if isinstance(content, bytes) else content.encode("latin-1"))
        out += b"\nendobj\n"
    table, size = len(out), max(objects) + 1
    rows = (f"{places[n]:010} 00000 n \n" if n in places else "0000000000 65535 f \n" for n in range(size))
    out += f"xref\n0 {size}\n{''.join(rows)}trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\n".encode()
    return bytes(out) + f"startxref\n{table}\n%%EOF\n".encode()
