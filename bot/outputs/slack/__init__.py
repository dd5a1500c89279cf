"""Slack: digests to channels and threads; slash commands, buttons, shortcuts and forms answered by the desk.

connection    the tokens, Socket Mode or signed HTTP
sending       parts of a delivery over the Web API, each once
answering     what a person did -> the desk -> what they see
"""

from bot.outputs.slack.connection import Slack

__all__ = ["Slack"]
