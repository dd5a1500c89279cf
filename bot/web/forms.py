"""What somebody filled in, read from a request: only text, and only such as can be stored and shown."""

from starlette.datastructures import FormData
from starlette.requests import Request

from bot.errors import Refused


async def filled_in(request: Request) -> FormData:
    """Return the form of a request. Raises Refused where it has files, or text that is none."""
    try:
        form = await request.form(max_files=0)
        for name, value in form.multi_items():
            f"{name}{value}".encode()
    except UnicodeError as e:  # whoever sends it names the encoding: there are some that make anything of bytes
        raise Refused("this form is not written in UTF-8") from e
    return form


def texts(form: FormData, name: str) -> list[str]:
    """Return what was filled in under a name, each on one line, without what is blank."""
    return [" ".join(value.split()) for value in form.getlist(name) if isinstance(value, str) and value.strip()]


LONGEST = 300
"""Characters of one thing that is typed where nothing says how many it may have."""


def text(form: FormData, name: str) -> str:
    """Return the first thing filled in under a name, on one line, its first `LONGEST` characters; else nothing."""
    return next(iter(texts(form, name)), "")[:LONGEST]
