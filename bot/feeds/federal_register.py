"""The Federal Register's API: documents.json, and public inspection's current.json."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.dates import WASHINGTON, when
from bot.errors import ReadError
from bot.feeds import _json, _options
from bot.feeds._links import absolute
from bot.plain import line
from bot.records import Document, Entry, Feed, Reading

MOST_ENTRIES = 2_000
"""Entries read of one answer; the API gives at most as many a page."""

# The shared cache before the API lags, and documents are filed late. It has no `late`: asked for by the day of
# publication, it shows nothing older than that.
_LOOK_BACK = timedelta(days=2)
_FIRST_LOOK = timedelta(days=7)
_FIELDS = (
    "title",
    "type",
    "abstract",
    "excerpts",
    "document_number",
    "html_url",
    "raw_text_url",
    "publication_date",
)


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    return _options.problems(_options.OnlyArticle, feed.options)


def address(feed: Feed, since: datetime | None, now: datetime) -> str:
    """Return the question for what was published since two days before `since`, newest first; a week at the first poll.

    Page one alone is lossy (13 % on peak days), so pages are large. What feeds.yaml says stands, but for the date.
    """
    scheme, host, path, query, _ = urlsplit(feed.url)
    if not path.endswith("/documents.json"):
        return feed.url
    asked = [(key, value) for key, value in parse_qsl(query) if key != "conditions[publication_date][gte]"]
    said = {key for key, _ in asked}
    asked += [(key, value) for key, value in (("order", "newest"), ("per_page", "200")) if key not in said]
    asked += [("fields[]", name) for name in _FIELDS if "fields[]" not in said]
    first_day = (since - _LOOK_BACK if since else now - _FIRST_LOOK).astimezone(WASHINGTON).date()
    asked.append(("conditions[publication_date][gte]", first_day.isoformat()))
    return urlunsplit((scheme, host, path, urlencode(asked), ""))


def read(_feed: Feed, document: Document) -> Reading:
    """Return the documents of one answer, and the next page where it is on the same host.

    Raises ReadError "not a feed" where the answer is no JSON or lists no `results`.
    """
    answer = _json.answer(document)
    results = answer.get("results")
    # The API leaves `results` out where it counts none.
    if not isinstance(results, list) and answer.get("count") != 0:
        raise ReadError("not a feed", f'JSON without "results" ({line(", ".join(map(str, answer)), 100)})')
    listed = [result for result in (results or ())[:MOST_ENTRIES] if isinstance(result, dict)]
    entries = [entry for result in listed if (entry := _entry(result, document.url))]
    return Reading(entries=entries, next_page=_next_page(answer, document.url))


def _entry(result: Mapping[str, Any], base: str) -> Entry | None:
    # Documents on public inspection often have no title yet, only the lines of the table of contents.
    contents = filter(None, (_json.text(result, "toc_subject"), _json.text(result, "toc_doc")))
    title = _json.text(result, "title") or " ".join(contents)
    url = _json.text(result, "html_url") or _json.text(result, "pdf_url")
    published = when(_json.text(result, "filed_at") or _json.text(result, "publication_date"))
    if not title:
        return None
    return Entry(
        title=line(title),
        url=absolute(base, url),
        text_url=absolute(base, _json.text(result, "raw_text_url")),  # the page itself is behind a bot wall
        guid=_json.text(result, "document_number") or None,
        content=_json.text(result, "abstract") or _json.text(result, "excerpts"),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
        language="en",
    )


def _next_page(answer: Mapping[str, Any], url: str) -> str | None:
    following = _json.text(answer, "next_page_url")
    return following if following and urlsplit(following)[:2] == urlsplit(url)[:2] else None
