"""The ways out: every file here is a medium, named as a subscriber names it.

A medium sends a delivery, and can be asked whether it already has it: after a crash an uncertain delivery is looked
up before it is sent again.
"""

from bot.outputs.console import Console
from bot.outputs.folder import Folder
from bot.outputs.output import Output

__all__ = ["Console", "Folder", "Output"]
