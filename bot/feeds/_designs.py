"""The designs of Congress's sites: a few content systems serve nearly all members, each in some variations."""

from dataclasses import dataclass

from bot.feeds._listing import Selectors

_HEADINGS = "h1, h2, h3, h4, h5"
_HEADED = "h1 a[href], h2 a[href], h3 a[href], h4 a[href], h5 a[href]"
_HOUSE_HEADED = f"{_HEADED}, .h2 a[href], .h3 a[href], .h4 a[href], .h5 a[href], a.h3[href], a.h4[href]"
_SENATE_DATE = (
    "time, .ArticleBlock__date, .Heading--time, .Heading--overline, p.date, .elementor-icon-list-text,"
    " h3.elementor-heading-title"
)
_SENATE_TITLED = (
    ".ArticleBlock__title a[href], a.ArticleBlock__title__link, .ArticleTitle a[href], a.ArticleTitle,"
    f" a.ArticleTitle__link, {_HEADED}"
)
_WORDPRESS_DATE = (
    ".published, .elementor-post-date, time, .entry-date, .postDate, .post-date, .date, .news-card__meta, p.date"
)
_WORDPRESS_ITEM = (
    "article.post-item, article.post, article.item, article.news-item, article.news-card, .type-post, li.post, .post,"
    " .item.post, div.item:has(.date)"
)
_JET_DATE = (
    ".elementor-icon-list-text, .elementor-post-info__item--type-date, .overline h3, time, h3.elementor-heading-title,"
    " .jet-listing-dynamic-field__content"
)


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One content system: its designs, the most precise first, and how its pages are numbered.

    `pages` begins with "?" where the number is asked for, else it is a path below the list's address; it has `{n}`.
    `first_page` is the number of the page at the list's own address.
    """

    designs: tuple[Selectors, ...]
    pages: str
    first_page: int = 1


# From the markup that public scrapers relied on in 2026; none was seen by us.
PATTERNS = {
    # The common House system (Drupal).
    "media_body": Pattern(
        designs=(
            Selectors(
                item=".media-body",
                link=f"{_HOUSE_HEADED}, a[href]",
                date=".col-auto, time",
                teaser=".evo-press-release__body p",
            ),
            Selectors(
                item=".views-row",
                link=f"{_HOUSE_HEADED}, a[rel=bookmark]",
                date=".col-auto, .evo-card-date, time, .date",
                teaser=".evo-press-release__body p",
            ),
        ),
        pages="?page={n}",
        first_page=0,
    ),
    # The older House system (/news/documentquery.aspx).
    "documentquery": Pattern(
        designs=(
            Selectors(item="article.newsblocker", link=f"{_HEADED}, .title a[href]", date="time, .date"),
            Selectors(item=".news-texthold", link=_HEADED, date="time, .date"),
            Selectors(item="article", link=_HEADED, date="time"),
            Selectors(item="article", title=_HEADINGS, date="time"),
            Selectors(item="ul.UnorderedNewsList li", link="a[href]", date="ul.UnorderedNewsList li"),
        ),
        pages="?Page={n}",
    ),
    # The newer Senate system: Markey, Van Hollen, Schiff, the Judiciary Committee.
    "article": Pattern(
        designs=(
            Selectors(item="a.ArticleBlock", title=f"{_HEADINGS}, .ArticleTitle", date=_SENATE_DATE),
            Selectors(item=".ArticleBlock:not(a)", link=_SENATE_TITLED, date=_SENATE_DATE),
            Selectors(item=".ArticleBlock:not(a)", title=f".ArticleTitle, {_HEADINGS}", date=_SENATE_DATE),
            Selectors(item=".ArticleBlock:not(a)", date=_SENATE_DATE),
            Selectors(
                item="li.PageList__item",
                link="a.PressBlock__title, a[href]",
                date=".PressBlock__date, time, p:first-of-type",
            ),
            Selectors(item=".press-browser__item-row", date="time"),
            Selectors(
                item="div:has(> .Heading--time)", link="a[href*='/press/']", title=_HEADINGS, date=".Heading--time"
            ),
            Selectors(item="article", link=_HEADED, date="p.date, time"),
        ),
        pages="?PageNum_rs={n}",
    ),
    # Dates stand between the headings, in no element that holds a release.
    "newscontent": Pattern(
        designs=tuple(
            Selectors(item="#newscontent h2, #press h2", date=".date, time", date_beside=beside)
            for beside in ("before", "after", None)
        ),
        pages="?PageNum_rs={n}",
    ),
    # Tables of a row each.
    "recordlist": Pattern(
        designs=(
            Selectors(
                item="tr:has(td.recordListDate)", link="td:not(.recordListDate) a[href]", date="td.recordListDate"
            ),
            Selectors(item="tr:has(time)", date="time"),
            Selectors(item="table tr:has(td.date)", date="td.date"),
            Selectors(item="table tr:has(a[href])", date="td:first-child"),
        ),
        pages="?page={n}",
    ),
    "wordpress": Pattern(
        designs=(
            Selectors(item=".et_pb_post", link=_HEADED, date=_WORDPRESS_DATE),
            Selectors(item=".elementor-post", link=_HEADED, date=_WORDPRESS_DATE),
            Selectors(item=".elementor-post__text", link=_HEADED, date=_WORDPRESS_DATE),
            Selectors(item=".e-loop-item", link=_HEADED, date=_WORDPRESS_DATE),
            Selectors(item=".e-loop-item", title=_HEADINGS, date=_WORDPRESS_DATE),
            Selectors(item=_WORDPRESS_ITEM, link=_HEADED, date=_WORDPRESS_DATE),
            Selectors(item=_WORDPRESS_ITEM, title=_HEADINGS, date=_WORDPRESS_DATE),
            Selectors(
                item="a.item, a.post, a.update-link",
                title=f"{_HEADINGS}, .title, .post-title",
                date=_WORDPRESS_DATE,
            ),
            Selectors(item="article", link=_HEADED, date=_WORDPRESS_DATE),
            Selectors(item="article", title=_HEADINGS, date=_WORDPRESS_DATE),
        ),
        pages="page/{n}/",
    ),
    # WordPress with Elementor and JetEngine.
    "jet_listing": Pattern(
        designs=(
            Selectors(item=".jet-listing-grid__item", link=_HEADED, date=_JET_DATE),
            Selectors(item=".jet-listing-grid__item", link="a.jet-listing-dynamic-link__link", date=_JET_DATE),
            Selectors(item=".jet-listing-grid__item", title="h2, h4, h5, h3", date=_JET_DATE),
        ),
        pages="?jsf=jet-engine:press-list&pagenum={n}",
    ),
    # A system of some twenty senators and representatives: .element, or a digest of the media.
    "element": Pattern(
        designs=(
            Selectors(
                item=".element",
                title=".element-title, .post-media-list-title",
                date=".element-date, .element-datetime, .post-media-list-date, time",
            ),
            Selectors(
                item=".post-media-digest-item, .media-digest-body",
                link="a.media-digest-body-link, a[href]",
                title=".post-media-digest-title",
                date=".post-media-digest-date, .media-digest-header",
            ),
        ),
        pages="?page={n}",
    ),
    # The old Senate system (/public/index.cfm) where it shows no table.
    "coldfusion": Pattern(
        designs=(
            Selectors(item="article:has(.title)", link=".title a[href]", date=".date, time"),
            Selectors(item="li:has(a[href*='.cfm?'])", link="a[href*='.cfm?']", date="li"),
        ),
        pages="?page={n}",
    ),
}

NEXT = (
    "a[rel~=next][href], link[rel~=next][href], .pager__item--next a[href], .pager-next a[href], a.next[href],"
    " .pagination .alignleft a[href], .nav-previous a[href]"
)
"""The link to the next page in the systems that have one; blogs call it the previous entries."""
