"""What is a bot wall's page, and what only looks like one; all pages here are made by hand."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.fetch.walls import wall_of
from tests.fetch.loopback import Site, Time, answer, got, refused

WORDS = "A sample senator asked the sample department how its cameras tell one traveller from another. " * 8


def html(head: str = "", body: str = "") -> bytes:
    return f"<!DOCTYPE html><html lang=en><head>{head}</head><body>{body}</body></html>".encode()


def good(head: str = "", body: str = "") -> bytes:
    return html(f"<title>Sample statement</title>{head}", f"<h1>Sample statement</h1><p>{WORDS}</p>{body}")


WALLS = {
    "Cloudflare": [
        html("<title>Just a moment...</title>", '<script>window._cf_chl_opt={};a.src="/challenge-platform/"</script>'),
        html("<title>Attention Required! | Cloudflare</title>", "<h1>Sorry, you have been blocked</h1>"),
        html("<title>sample.example</title>", "<noscript>Enable JavaScript and cookies to continue</noscript>"),
    ],
    "Akamai": [
        html("<TITLE>Access Denied</TITLE>", "<H1>Access Denied</H1>You have none.<P>Reference&#32;&#35;18&#46;0"),
        html('<meta http-equiv="refresh" content="5; URL=\'/news?bm-verify=sample\'"><script>var i=1</script>'),
        html("<script src='/_sec/cp_challenge/sample.js'></script>", "<div id='sec-if-container'></div>"),
    ],
    "Imperva": [
        html("", "Request unsuccessful. Incapsula incident ID: 0-sample"),
        html("", '<iframe src="/_Incapsula_Resource?x=1">Request unsuccessful. Incapsula incident ID: 0</iframe>'),
        b'<html><head><script src="/_Incapsula_Resource?SWJ=1"></script></head><body></body></html>',
        html("<title>Pardon Our Interruption</title>", "<p>As you were browsing something made us think.</p>" * 9),
    ],
    "DataDome": [
        html(
            "<title>sample.example</title><style>#cmsg{animation: A 1.5s;}</style>",
            '<p id="cmsg">Please enable JS and disable any ad blocker</p><script>var dd={}</script>',
        ),
        html("<title>sample.example</title>", '<script src="https://ct.captcha-delivery.com/c.js"></script>'),
    ],
    "HUMAN": [
        html("<title>Access to this page has been denied.</title>", "<p>Reference ID 0-sample</p>"),
        html("<title>sample.example</title>", "<p>Press &amp; Hold to confirm you are a human.</p>"),
        html("<title>sample.example</title>", '<div id="px-captcha"></div>'),
    ],
    "Sucuri": [
        html("<title>Sucuri WebSite Firewall - Access Denied</title>", "<p>Block ID: 0</p>"),
        html("<title>You are being redirected...</title>", "<script>sucuri_cloudproxy_js='';</script>"),
    ],
    "Amazon": [
        html("<title></title><script>window.gokuProps = {}</script>", "<div id='challenge-container'></div>"),
        html("", "<noscript><h1>JavaScript is disabled</h1>We need to verify that you're not a robot.</noscript>"),
        html("<title>Human Verification</title>", "<script src='https://0.captcha.awswaf.com/c.js'></script>"),
    ],
    "F5": [
        b"<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with "
        b"your administrator.<br><br>Your support ID is: 0</body></html>"
    ],
    "the Federal Register": [
        html("<title>Federal Register :: Request Access</title>", f"<p>{WORDS}</p>"),
        html("", "<p>Due to aggressive automated scraping of FederalRegister.gov, access is limited.</p>"),
    ],
    "an unnamed firm": [
        html("<title>sample.example</title>", "<h1>Checking your browser before accessing sample.example</h1>"),
        html("<title>sample.example</title>", "<p>Verify you are human by completing the action below.</p>"),
        html('<meta http-equiv="refresh" content="1">'),
        html('<META HTTP-EQUIV="Refresh" content="0;URL=/.well-known/sgcaptcha/?r=%2F">'),
    ],
}


@pytest.mark.parametrize(("firm", "page"), [(firm, page) for firm, pages in WALLS.items() for page in pages])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf\r\n "])
def test_a_walls_page_is_a_wall_of_its_firm(firm: str, page: bytes, before: bytes) -> None:
    assert wall_of({}, before + page) == firm


@pytest.mark.parametrize("header", [{"cf-mitigated": "challenge"}, {"x-amzn-waf-action": "captcha"}])
def test_a_walls_header_is_enough(header: dict[str, str]) -> None:
    assert wall_of(header, good())


@pytest.mark.parametrize("asked", [{}, {"page": True}])
async def test_a_wall_that_says_200_is_blocked_and_not_a_document(
    site: Site, time: Time, asked: dict[str, Any]
) -> None:
    failure = await refused(time, site.at("/news", answer(body=WALLS["F5"][0], Content_Type="text/html")), **asked)
    assert (failure.reason, failure.detail) == ("blocked", "bot wall of F5 at 127.0.0.1 (200)")


@pytest.mark.parametrize("status", ["202 Accepted", "405 No"])
async def test_amazons_challenge_is_known_by_its_header(site: Site, time: Time, status: str) -> None:
    failure = await refused(time, site.at("/news", answer(status, x_amzn_waf_action="challenge")))
    assert failure.reason == "blocked"
    assert failure.detail == f"bot wall of Amazon at 127.0.0.1 ({status[:3]})"


PIECES = ["<html>", "<title>", "access denied", "</title>", "<!--", "-->", "<script", "</", "&#", "<meta ", "refresh",
          "http-equiv", ">", "verify you are human", "reference", "<svg", "/_incapsula_resource"]  # fmt: skip

GOOD = {
    "recaptcha": good("<script src='https://www.google.com/recaptcha/api.js'></script>", "<form>Our newsletter</form>"),
    "turnstile": good(
        "<script src='https://challenges.cloudflare.com/turnstile/v0/api.js'></script>",
        "<form><div class='cf-turnstile'></div><label>Verify you are human</label></form>",
    ),
    "akamai's pixel": good("", "<script src='/akam/13/sample'></script><img src='/akam/13/pixel_sample?a=b'>"),
    "incapsula's script": good("", "<script src='/_Incapsula_Resource?SWJIYLWA=0'></script>"),
    "datadome's tag": good("<script src='https://js.datadome.co/tags.js'></script>"),
    "amazon's script": good("<script src='https://0.token.awswaf.com/challenge.js'></script>"),
    "a page that reloads itself": good("<meta http-equiv=refresh content=300>"),
    "a page of scripts alone": html(
        "<title>Sample</title><script src=/_Incapsula_Resource></script>",
        "<div id=app></div><script src=a.js></script>",
    ),
    "a redirect in the page": html("<meta http-equiv='refresh' content='0; url=/news/all'>"),
    "an article on captchas": html(
        "<title>Why sites say: verify you are human</title>",
        f"<p>Checking your browser before accessing, they say. Please enable JS and disable any ad blocker.</p>{WORDS}",
    ),
    "an article on refusals": html("<title>Access Denied: face matching</title>", f"with a reference {WORDS}"),
    "an article of that very title": html("<title>Access Denied</title>", f"<p>A reference.</p>{WORDS * 3}"),
    "a long page of that title": html("<title>Just a moment...</title>", "<!-- challenge -->" + "<p>" * 30_000),
    "a feed": b"<rss><channel><item><title>Access Denied</title>Reference: verify you are human</item></channel></rss>",
    "a feed after its declaration": b'<?xml version="1.0"?><rss><title>Just a moment...</title> a challenge</rss>',
    "a list in JSON": b'{"title": "<html><title>Access Denied</title> reference"}',
}


@pytest.mark.parametrize("page", GOOD.values(), ids=GOOD)
async def test_a_page_that_only_speaks_of_walls_or_loads_their_scripts_is_a_document(
    site: Site, time: Time, page: bytes
) -> None:
    assert (await got(time, site.at("/news", answer(body=page, Content_Type="text/html")))).body == page


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=9), max_size=40).map("".join))
def test_any_page_is_somebodys_wall_or_nobodys(page: str) -> None:
    firm = wall_of({}, page.encode("utf-8", "surrogatepass"))
    assert firm is None or firm in WALLS
