"""A digest as plain text and as Markdown, from the templates beside this file."""

from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.records import Digest
from bot.render import summary, words


def text(digest: Digest, *, letters_first: bool = False) -> str:
    """Return the digest as plain text, at most 88 columns wide but for addresses, ending in one newline."""
    return _rendered("digest.txt.j2", digest, letters_first=letters_first)


def markdown(digest: Digest) -> str:
    """Return the digest as CommonMark. Nothing in a title or passage is taken as markup or HTML."""
    return _rendered("digest.md.j2", digest)


def _rendered(template: str, digest: Digest, *, letters_first: bool = False) -> str:
    stories = [story for section in digest.sections for story in section.stories]
    filled = (
        _templates()
        .get_template(template)
        .render(
            digest=digest,
            sections=summary.sections(digest, letters_first=letters_first),
            topics={section.topic.id: section.topic.name for section in digest.sections},
            unread=summary.unread(digest),
            stories=len(stories),
            when=partial(words.when, zone=digest.zone),
            moment=partial(words.moment, zone=digest.zone),
        )
    )
    return filled.strip() + "\n"


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("bot.render"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - neither medium here is HTML; each filter below escapes for its own
    )
    templates.filters |= {
        "plain": words.plain,
        "md": words.escaped_markdown,
        "md_link": words.markdown_link,
        "wrap": words.wrapped,
        "quote": words.quoted,
        "said": words.said,
        "phrases": words.phrases,
        "category": words.CATEGORY_NAMES.__getitem__,
        "count": words.count,
        "also": words.also_on,
        "due": words.due,
        "sure": words.sure,
        "named": lambda subject, names: names.get(subject, subject),  # it may be gone from feeds.yaml since
    }
    return templates
