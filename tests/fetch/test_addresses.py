"""Which addresses Lookout calls."""

from ipaddress import ip_address

import pytest

from bot.fetch import is_private, is_public, resolved


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.0.1",
        "169.254.169.254",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::7f00:1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "100::1",
        "fc00::1",
        "fd00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_a_dangerous_address_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "23.22.13.113", "172.32.0.1", "2606:4700::6810:84e5", "2a00:1450:4001::1"])
def test_an_ordinary_address_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "fd12:3456::1"])
def test_the_operator_may_allow_loopback_and_private(text: str) -> None:
    assert is_private(ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["169.254.169.254", "fd00:ec2::254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "fe80::1", "::", "::ffff:127.0.0.1"],
)
def test_even_the_operator_does_not_allow_metadata_and_oddities(text: str) -> None:
    assert not is_private(ip_address(text))


@pytest.mark.parametrize("spelling", ["0x7f000001", "2130706433", "127.1", "0177.0.0.1"])
async def test_odd_spellings_of_loopback_resolve_to_what_they_are(spelling: str) -> None:
    assert list(await resolved(spelling, 80)) == ["127.0.0.1"]
