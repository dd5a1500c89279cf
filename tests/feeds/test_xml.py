"""Feeds in XML: what is read fast is what feedparser reads, and what is in doubt is left to feedparser."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import feeds
from bot.feeds import _xml
from bot.feeds._xml import fast, thorough
from bot.records import Document, Entry, Feed

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)
MOST = 2_000

RSS = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dcterms="http://purl.org/dc/terms/"'
    ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:own="https://sample.example/ns">'
    "<channel>{head}<item>{one}</item><item>{two}</item></channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="en_US">'
    "{head}<entry>{one}</entry><entry>{two}</entry></feed>"
)
OF_BOTH = (
    "<title>Plain &amp; simple</title>",
    "<title/>",
    "<title type='html'><![CDATA[<b>Bold</b> &amp; \u201cquoted\u201d]]></title>",
    "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Nested</div></title>",
    "<title>caf\u00c3\u00a9, a word encoded twice</title>",
    "<title>It\x92s from Windows</title>",
    "<title>Jos\u00e9 <!-- of the desk --> Garc\u00eda</title>",
    "<link>https://sample.example/text?a=1&amp;b=2</link>",
    "<link>https://sample.example/?a=1&amp;amp;copy;=2</link>",
    "<link>\n /relative \n</link>",
    "<link/>",
    "<link href='https://sample.example/href'/>",
    "<link rel='related' href='https://sample.example/related'/>",
    "<link rel='ALTERNATE' type='text/html' href='/alternate'/>",
    "<link rel='alternate' type='application/json' href='https://sample.example/data'/>",
    "<link rel='enclosure' href='https://sample.example/a.mp3'/>",
    "<link rel='replies' href='https://sample.example/replies' xml:base='https://other.example/'/>",
    "<enclosure url='https://sample.example/b.mp3' length='1' type='audio/mpeg'/>",
    "<description>A summary.</description>",
    "<description>&lt;p&gt;Another, longer summary.&lt;/p&gt;</description>",
    "<description/>",
    "<description>Not <b>escaped</b></description>",
    "<summary>Short.</summary>",
    "<summary type='html'>&lt;i&gt;Longer than short.&lt;/i&gt;</summary>",
    "<content type='html'>&lt;p&gt;All of it.&lt;/p&gt;</content>",
    "<content type='html' xml:base='https://other.example/x/'>&lt;a href='y'&gt;y&lt;/a&gt;</content>",
    "<content type='text/plain'>All of it, and without markup.</content>",
    "<content type='image/png'>iVBORw0KGgo=</content>",
    "<content/>",
    "<published>2026-08-07T10:00:00-04:00</published>",
    "<published/>",
    "<updated>2026-08-08T10:00:00Z</updated>",
    "<dc:date>2026-08-06</dc:date>",
    "<date>2026-01-01</date>",
    "<created>2026-08-05T01:02:03Z</created>",
    "<id>tag:sample.example,2026:1</id>",
    "<id>https://sample.example/id</id>",
    "<language>es</language>",
    "<dc:language>fr</dc:language>",
    "<source url='https://paper.example/'>The Sample Paper</source>",
    "<source><title>Another feed</title><updated>2020-01-01T00:00:00Z</updated></source>",
    "<source/>",
    "<author><name>A. Person</name><uri>https://sample.example/a</uri></author>",
    "<author><title>Dr.</title></author>",
    "<category term='x'>ICE</category>",
    "<image><title>A picture</title><link>https://sample.example/picture</link></image>",
    "<media:title>Video</media:title>",
    "<media:description>What it shows.</media:description>",
    "<media:group><media:title>Inner video</media:title><media:description>Deep.</media:description></media:group>",
    "<media:content url='https://sample.example/p.jpg'><media:description>Alt.</media:description></media:content>",
    "<media:thumbnail url='https://sample.example/t.jpg'/>",
    "<dc:title>Dublin title</dc:title>",
    "<dc:creator>B. Person</dc:creator>",
    "<dc_title>Not what it seems</dc_title>",
    "<links>3</links>",
    "<rating>5</rating>",
    "<item><title>Inside</title></item>",
    "<body xmlns='http://www.w3.org/1999/xhtml'><p>XHTML</p></body>",
)
OF_RSS = (
    "<guid>https://sample.example/guid</guid>",
    "<guid isPermaLink='false'>post-1</guid>",
    "<guid ispermalink='true'>2026-01-02</guid>",
    "<pubDate>Thu, 02 Jul 2026 11:27:00 EST</pubDate>",
    "<pubDate>Wed, 30 Feb 2026 11:27:00 GMT</pubDate>",
    "<PubDate>2026-07-01</PubDate>",
    "<dcterms:modified>2026-07-03T00:00:00Z</dcterms:modified>",
    "<dcterms:issued>2026-07-04T00:00:00Z</dcterms:issued>",
    "<content:encoded><![CDATA[<p>The whole text, with an <item>.</p>]]></content:encoded>",
    "<atom:link rel='alternate' href='https://sample.example/atom'/>",
    "<atom:updated>2026-07-05T00:00:00Z</atom:updated>",
    "<atom:title>Of another kind</atom:title>",
    "<itunes:title>Episode</itunes:title>",
    "<itunes:summary>Of the episode.</itunes:summary>",
    "<itunes:subtitle>Under it.</itunes:subtitle>",
    "<slash:comments>3</slash:comments>",
    "<own:title>Ours</own:title>",
    "<own:box><title>In a box</title></own:box>",
    "<own:box a='1'><own:b/></own:box>",
)
OF_HEAD = (
    "<title>The channel</title>",
    "<title>Another title</title>",
    "<language>de-at</language>",
    "<dc:language>it</dc:language>",
    "<image><url>https://sample.example/i.png</url><title>The logo</title></image>",
    "<lastBuildDate>Thu, 02 Jul 2026 11:27:00 GMT</lastBuildDate>",
    "<description>What it is about.</description>",
    "<media:title>Media's</media:title>",
)


def told(shape: str, one: list[str], two: list[str], head: list[str]) -> Document:
    body = shape.format(head="".join(head), one="".join(one), two="".join(two))
    return Document(url="https://sample.example/feed", body=body.encode(), fetched=NOW)


def some(elements: tuple[str, ...], most: int = 7) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(elements), max_size=most)


DOCUMENTS = st.one_of(
    st.builds(told, st.just(RSS), some(OF_BOTH + OF_RSS), some(OF_BOTH + OF_RSS), some(OF_HEAD, 3)),
    st.builds(told, st.just(ATOM), some(OF_BOTH), some(OF_BOTH), some(OF_HEAD, 3)),
)


@given(DOCUMENTS)
def test_what_is_read_fast_is_what_feedparser_reads(document: Document) -> None:
    read = fast.read(document, MOST)
    assert read is None or read == thorough.read(document, MOST)


Make = Callable[..., Feed]
Sample = Callable[..., Document]

JULY_2 = datetime(2026, 7, 2, 15, 27, tzinfo=UTC)
DATES = {
    "EST in July": (JULY_2, False),
    "No zone": (JULY_2, False),
    "A day": (datetime(2026, 7, 2, 4, tzinfo=UTC), True),
    "A number that is no date": (None, False),
    "A date that a program did not know": (None, False),
    "February 29 of another year": (None, False),
    "Changed after it came out": (JULY_2, False),
    "Only when it was changed": (JULY_2, False),
}


@pytest.fixture
def traps(feed: Make, sample: Sample) -> dict[str, Entry]:
    document = sample("rss_traps.xml")
    assert fast.read(document, MOST) is not None
    return {entry.title: entry for entry in feeds.read(feed("rss"), document).entries}


@pytest.mark.parametrize("title", DATES)
def test_a_date_is_what_was_written_and_never_made_up(traps: dict[str, Entry], title: str) -> None:
    assert (traps[title].published, traps[title].day_only) == DATES[title]


def test_an_entry_has_its_own_link_whatever_stands_beside_it(traps: dict[str, Entry]) -> None:
    assert traps["An address as guid"].url == "https://traps.example.org/guid"
    assert traps["An address as guid that leads nowhere"].url is None
    assert traps["Only a recording"].url == "https://traps.example.org/hearing.mp3"


def test_an_aggregator_names_its_source(traps: dict[str, Entry]) -> None:
    another = traps["Another's report"]
    assert (another.outlet, another.url) == ("The Sample Paper", "https://www.example.gov/source")


def test_a_picture_gives_an_entry_neither_title_nor_text(traps: dict[str, Entry]) -> None:
    picture = traps["A picture & its <title>"]
    assert picture.content.startswith("<p>The whole text")
    assert (picture.language, traps["A day"].language) == ("es", "en-us")


def test_what_is_said_of_a_video_is_its_text(feed: Make, sample: Sample) -> None:
    document = sample("rss_video.xml")
    assert fast.read(document, MOST) is not None
    [video] = feeds.read(feed("rss"), document).entries
    assert (video.title, video.content) == ("Hearing on Face Recognition", "Witnesses from ICE and CBP.")
    assert (video.published, video.url) == (JULY_2, "https://video.example.org/watch?v=sample00001")


ITEM = "<item><title>{}</title><link>https://sample.example/1</link></item>"
DOUBTFUL = {
    "undeclared Windows-1252": f'<rss version="2.0"><channel>{ITEM}</channel></rss>'.format("Señor").encode("cp1252"),
    "a declared encoding": ('<?xml version="1.0" encoding="iso-8859-1"?><rss version="2.0"><channel>' + ITEM)
    .format("Señor")
    .encode("iso-8859-1")
    + b"</channel></rss>",
    "UTF-16": f'<?xml version="1.0"?><rss version="2.0"><channel>{ITEM}</channel></rss>'.format("Señor").encode(
        "utf-16"
    ),
    "an HTML entity": b'<rss version="2.0"><channel><item><title>Se&ntilde;or</title></item></channel></rss>',
    "a DOCTYPE": f'<!DOCTYPE rss SYSTEM "rss.dtd"><rss version="2.0"><channel>{ITEM}</channel></rss>'.format(
        "Señor"
    ).encode(),
    "Atom 0.3": '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>Señor</title></entry></feed>'.encode(),
    "XHTML": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
    "Señor</div></title></entry></feed>".encode(),
    "broken XML": '<rss version="2.0"><channel><item><title>Señor</title><br></item></channel></rss>'.encode(),
    "no channel around the items": f'<rss version="2.0">{ITEM}</rss>'.format("Señor").encode(),
}


@pytest.mark.parametrize("trap", DOUBTFUL)
def test_what_is_in_doubt_is_left_to_feedparser(feed: Make, document: Sample, trap: str) -> None:
    doubtful = document(DOUBTFUL[trap])
    assert fast.read(doubtful, MOST) is None
    [entry] = feeds.read(feed("rss"), doubtful).entries
    assert entry.title == "Señor"


def test_relative_links_beside_a_base_are_left_to_feedparser(feed: Make, sample: Sample) -> None:
    assert fast.read(sample("rss_atom.xml"), MOST) is None


def test_a_document_of_more_tags_than_a_tree_should_hold_is_left_to_feedparser(document: Sample) -> None:
    many = b"<a/>" * (fast.MOST_TAGS + 1)
    assert fast.read(document(b'<rss version="2.0"><channel>' + many + b"</channel></rss>"), MOST) is None


def test_every_real_feed_is_read_fast_as_feedparser_reads_it(shared: Path) -> None:
    files = [*(shared / "data" / "feeds").iterdir(), *sorted((shared / "data" / "realfeeds").iterdir())[::10]]
    bodies = {file.name: file.read_bytes() for file in files}
    doubtful = set()
    for name, body in bodies.items():
        body = gzip.decompress(body) if name.endswith(".gz") else body
        document = Document(url="https://sample.example/feed", body=body, fetched=NOW)
        read = fast.read(document, MOST)
        if read is None:
            doubtful.add(name)
        else:
            assert read == thorough.read(document, MOST), name
    real = {name for name in bodies if name.endswith(".gz")}
    assert len(doubtful & real) <= len(real) / 5


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#55357;&#56832;", "\N{GRINNING FACE}"),
        ("&#xD83D;&#x0de00;", "\N{GRINNING FACE}"),
        ("&#55357;", "\N{REPLACEMENT CHARACTER}"),
        ("&#xdfff;&#xD800;", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"),
        ("&#57344;&#55295;", "\ue000\ud7ff"),
    ],
)
def test_half_a_character_in_one_title_hides_no_entry(feed: Make, written: str, read: str) -> None:
    two = "<title>The other</title><link>https://sample.example/2</link>"
    body = RSS.format(head="", one=f"<title>So {written} it is</title><link>https://sample.example/1</link>", two=two)
    document = Document(url="https://sample.example/", body=body.encode(), fetched=NOW, content_type="text/xml")
    assert [entry.title for entry in feeds.read(feed("rss"), document).entries] == [f"So {read} it is", "The other"]


def test_only_what_is_no_feed_at_all_is_refused(feed: Make, document: Sample) -> None:
    empty = document(b'<feed xmlns="http://www.w3.org/2005/Atom"/>')
    assert _xml.read(empty, MOST).entries == []
