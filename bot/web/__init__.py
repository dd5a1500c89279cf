"""The web site: what was recorded, to be looked up, linked to, subscribed to, and fetched by programs.

application   all of them together, one table of addresses
site          what they need
pages         what readers look at: today, search, stories, items, topics, members, sources, digests
joining       subscribing, settings, leaving
operating     the operators' part, behind a password
machines      Atom, JSON Feed, CSV
health        for programs that look after Lookout: health, metrics
api           the JSON interface /api/v1, with its OpenAPI description
safety        what every answer carries, and what no request may exceed
serving       the server, for as long as Lookout runs

Every page works without JavaScript; none of them has any.
"""

from bot.web.application import application
from bot.web.operators import Operators, hashed
from bot.web.serving import serving
from bot.web.site import Site

__all__ = ["Operators", "Site", "application", "hashed", "serving"]
