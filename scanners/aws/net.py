"""What a security group opens to the whole Internet, by meaning rather than by text.

Two halves of the Internet are the Internet: openings of the same port are united before they are judged.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from scanners.model import Json

LAST_PORT = 65_535
_FIRST_PORT = 1  # nothing listens on port 0, so a rule from 1 on opens every port as well
_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_WORLD = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


@dataclass(frozen=True, slots=True)
class Opening:
    """One protocol, one port range and one CIDR that may come in. `protocol` "-1" is everything."""

    protocol: str
    first: int
    last: int
    cidr: str


def openings(permissions: Iterable[Mapping[str, Json]]) -> list[Opening]:
    """Every (protocol, ports, CIDR) of EC2 IpPermissions."""
    found: list[Opening] = []
    for permission in permissions:
        protocol = str(permission.get("IpProtocol", "-1")).lower()
        protocol = _NAMES.get(protocol, protocol)
        first, last = permission.get("FromPort"), permission.get("ToPort")
        if protocol not in ("tcp", "udp"):
            first, last = 0, LAST_PORT
        low = 0 if first is None or first < 0 else int(first)
        high = LAST_PORT if last is None or last < 0 else int(last)
        cidrs = [r["CidrIp"] for r in permission.get("IpRanges", [])]
        cidrs += [r["CidrIpv6"] for r in permission.get("Ipv6Ranges", [])]
        found += [Opening(protocol, low, high, cidr) for cidr in cidrs]
    return found


def world_ranges(opened: Sequence[Opening]) -> list[dict[str, Json]]:
    """Port ranges open to every IPv4 or every IPv6 address: [{protocol, from_port, to_port}]."""
    found: list[dict[str, Json]] = []
    for protocol in sorted({item.protocol for item in opened}):
        # "-1" opens every protocol, so its CIDRs help to complete the world for tcp and udp too.
        relevant = [item for item in opened if item.protocol in (protocol, "-1")]
        edges = sorted({item.first for item in relevant} | {item.last + 1 for item in relevant})
        start: int | None = None
        for low, after in zip(edges, [*edges[1:], edges[-1]], strict=True):
            whole = low < after and is_world(
                [i.cidr for i in relevant if i.first <= low and i.last >= after - 1]
            )
            if whole and start is None:
                start = low
            if not whole and start is not None:
                found.append({"protocol": protocol, "from_port": start, "to_port": low - 1})
                start = None
    return found


def is_world(cidrs: Iterable[str]) -> bool:
    """True where the CIDRs together hold every IPv4 or every IPv6 address. What is no CIDR is passed over."""
    networks = [network for cidr in cidrs if (network := _network(cidr)) is not None]
    if any(network.prefixlen == 0 for network in networks):
        return True
    for world in _WORLD:
        same = [network for network in networks if network.version == world.version]
        if world in list(ipaddress.collapse_addresses(same)):  # type: ignore[type-var]
            return True
    return False


def is_cidr(text: str) -> bool:
    """True for an IPv4 or IPv6 network as AWS writes it."""
    return _network(text) is not None


@lru_cache(maxsize=4_096)  # the same few are written in thousands of rules
def _network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None


def reaches(opening: Opening, protocol: str, port: int) -> bool:
    """True where the opening lets `protocol` in on `port`."""
    return opening.protocol in (protocol, "-1") and opening.first <= port <= opening.last


def offending(
    permissions: Iterable[Mapping[str, Json]], protocol: str, port: int | None
) -> list[dict[str, Json]]:
    """The rules that open `port` of `protocol` to the world, as IpPermissions that can be revoked as they stand.

    `port` None asks for rules that open every port. Empty where the world is not let in.
    """
    listed = [dict(permission) for permission in permissions]
    probes = [_FIRST_PORT, LAST_PORT] if port is None else [port]

    def wide(opening: Opening) -> bool:
        return all(reaches(opening, protocol, probe) for probe in probes)

    opened = [opening for permission in listed for opening in openings([permission]) if wide(opening)]
    if not is_world([opening.cidr for opening in opened]):
        return []
    guilty = _guilty([opening.cidr for opening in opened])
    found = []
    for permission in listed:
        if not any(wide(opening) for opening in openings([permission])):
            continue
        kept = {key: permission[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in permission}
        if listed_in := permission.get("FromPrefixList"):
            # The rule names the list, so only the list can be taken out of it.
            if any(opening.cidr in guilty for opening in openings([permission])):
                found.append(kept | {"PrefixListIds": [{"PrefixListId": listed_in}]})
            continue
        ranges = [{"CidrIp": r["CidrIp"]} for r in permission.get("IpRanges", []) if r["CidrIp"] in guilty]
        ranges6 = [
            {"CidrIpv6": r["CidrIpv6"]} for r in permission.get("Ipv6Ranges", []) if r["CidrIpv6"] in guilty
        ]
        if ranges or ranges6:
            found.append(
                kept | ({"IpRanges": ranges} if ranges else {}) | ({"Ipv6Ranges": ranges6} if ranges6 else {})
            )
    return found


def offending_all(permissions: Iterable[Mapping[str, Json]]) -> list[dict[str, Json]]:
    """The rules that open every TCP or every UDP port to the world, alone or by their ports put together."""
    listed = list(permissions)
    opened = openings(listed)
    ranges = world_ranges(opened)
    found: list[dict[str, Json]] = []
    for protocol in ("tcp", "udp"):
        whole = [r for r in ranges if r["from_port"] <= _FIRST_PORT and r["to_port"] == LAST_PORT]
        if not any(r["protocol"] in (protocol, "-1") for r in whole):
            continue
        rules = offending(listed, protocol, None)
        if not rules:
            starts = sorted({item.first for item in opened if item.protocol in (protocol, "-1")})
            rules = [rule for start in starts for rule in offending(listed, protocol, start)]
        found += [rule for n, rule in enumerate(rules) if rule not in found and rule not in rules[:n]]
    return found


def _guilty(cidrs: list[str]) -> set[str]:
    """The CIDRs that make up the world: a /0 alone where there is one, else the wide parts of the union."""
    parsed = {cidr: network for cidr in cidrs if (network := _network(cidr)) is not None}
    guilty = {cidr for cidr, network in parsed.items() if network.prefixlen == 0}
    for world in _WORLD:
        rest = [n for c, n in parsed.items() if n.version == world.version and c not in guilty]
        if world in list(ipaddress.collapse_addresses(rest)):  # type: ignore[type-var]
            guilty |= {cidr for cidr, network in parsed.items() if network.version == world.version}
    return guilty
