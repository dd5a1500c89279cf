"""Discord: digests to channels, threads and forums; slash commands, buttons and menus answered by the desk.

connection    the client: the token, the gateway, which commands there are
sending       parts of a delivery over HTTP, each once
answering     interactions: what a person did -> the desk -> what they see

    digest -> render.discord -> outbox -> sending           a person -> gateway -> answering -> desk -> answering
"""

from bot.outputs.discord.connection import Discord

__all__ = ["Discord"]
