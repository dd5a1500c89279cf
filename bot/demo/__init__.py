"""A small sample world on loopback, watched by the very pipeline that watches the real one.

    world/ (texts and templates) -> pages of six sites -> served on 127.0.0.1 -> app.once -> a digest on the terminal

Needs no network, no token and no settings, and leaves nothing behind.
"""

from bot.demo.showing import WHAT_NEXT, show

__all__ = ["WHAT_NEXT", "show"]
