"""Network addresses: whose request it is, and which addresses are open to the whole internet."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_BRACKETS = re.compile(r"\[([^\]]+)\](?::\d+)?")
_V4_WITH_PORT = re.compile(r"([0-9.]+):\d+")

# IANA special-purpose registries, RFC 6890 and later; the standard library's is_global lets some of
# these pass.
_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def client_address(remote: str, forwarded: str, trusted: Iterable[str]) -> str:
    """The address of the client, as far as trusted proxies vouch for it.

    `remote` is the peer of the connection, `forwarded` the joined X-Forwarded-For header,
    `trusted` the networks of our own proxies. The header is read from the right over trusted hops;
    an unreadable item ends the walk at the last hop seen. A remote that is no address (a local
    socket) is returned as is.
    """
    hop = parse(remote)
    if hop is None:
        return remote
    networks = [ip_network(network) for network in trusted]
    for item in reversed(forwarded.split(",")):
        if not _is_in(hop, networks):
            break
        before = parse(item)
        if before is None:
            break
        hop = before
    return str(hop)


def network_of(address: str) -> str:
    """The network that counts as one client: IPv4 /24, IPv6 /64; other text is returned as is."""
    host = parse(address)
    if host is None:
        return address
    return str(ip_network((host, 24 if host.version == 4 else 64), strict=False))


def is_public(ip: str) -> bool:
    """Whether an address is an ordinary one on the internet; only to such do we connect.

    Refused are all special-purpose ranges and all IPv6 addresses that carry an IPv4 address.
    """
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


def parse(text: str) -> Address | None:
    """An address without brackets, port and zone, IPv4-mapped ones as IPv4; None if unreadable."""
    text = text.strip()
    match = _BRACKETS.fullmatch(text) or _V4_WITH_PORT.fullmatch(text)
    try:
        address = ip_address((match[1] if match else text).partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _is_in(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)
