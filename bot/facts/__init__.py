"""What an item says: the letter that it is, announces or reports, with who, to whom, by when and what.

kind: is there a letter?   senders, recipients, dating, deadlines, asks: what it states   reading: all of it, joined

text: the parts of a text    people, names: who is meant    offices: agencies    days: the calendar
"""

from bot.facts.names import Names, same_person
from bot.facts.offices import agency_of, name_of
from bot.facts.reading import deadline, letter

__all__ = ["Names", "agency_of", "deadline", "letter", "name_of", "same_person"]
