"""What a network ACL lets in, by its entries in order: the first that matches a packet decides.

An ACL opens a port to the world where the entries that allow it, less those that an earlier one refuses whole,
together hold every address. (A refusal of some addresses before `allow 0.0.0.0/0` leaves the rest of the Internet.)
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from scanners.aws.net import LAST_PORT, is_world
from scanners.model import Json

_TCP = ("6", "tcp", "-1", "all")
_HIGHEST = 32_766  # 32,767 is AWS's own last entry, which refuses everything
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Entry:
    """One inbound entry. `protocol` is a number as text, "-1" is all; ports are inclusive."""

    number: int
    allows: bool
    protocol: str
    first: int
    last: int
    cidr: str


def opening(entries: Sequence[Entry], port: int) -> list[Entry]:
    """The entries that let the whole of IPv4 or of IPv6 reach TCP `port`, by number; empty where none do."""
    found: list[Entry] = []
    for version in (4, 6):
        allowed = _reached(entries, port, version)
        if is_world(entry.cidr for entry in allowed):
            everybody = [entry for entry in allowed if _network(entry.cidr).prefixlen == 0]
            found += everybody or allowed
    return sorted(found, key=lambda entry: entry.number)


def _reached(entries: Sequence[Entry], port: int, version: int) -> list[Entry]:
    """The entries that allow `port` from somewhere that no earlier entry has refused."""
    refused: list[Network] = []
    allowed: list[Entry] = []
    for entry in sorted(entries, key=lambda item: item.number):
        network = _network(entry.cidr)
        if network.version != version or entry.protocol not in _TCP or not entry.first <= port <= entry.last:
            continue
        if not entry.allows:
            refused = list(ipaddress.collapse_addresses([*refused, network]))  # type: ignore[type-var]
        elif not any(network.subnet_of(other) for other in refused):  # type: ignore[arg-type]
            allowed.append(entry)
    return allowed


def _network(cidr: str) -> Network:
    return ipaddress.ip_network(cidr, strict=False)


def closing(entries: Sequence[Entry], port: int) -> list[dict[str, Json]]:
    """What refuses `port` to the world and leaves all else as it is, one step for IPv4, one for IPv6.

    [{number, cidr, ipv6, moved}]: an entry of that number that refuses the port. `moved` is null, or the entry
    that stands there now, as {number, protocol, cidr, ipv6, first, last, ports}, to be put behind it.
    """
    taken = {entry.number for entry in entries}
    steps: list[dict[str, Json]] = []
    for ipv6 in (False, True):
        guilty = next((e for e in opening(entries, port) if (":" in e.cidr) is ipv6), None)
        if guilty is None:
            continue
        number, moved = guilty.number - 1, None
        if number < 1 or number in taken:
            number = guilty.number
            behind = next(n for n in range(number + 1, _HIGHEST + 1) if n not in taken)
            moved = _as_sent(guilty) | {"number": behind}
            taken.add(behind)
        taken.add(number)
        steps.append(
            {"number": number, "cidr": "::/0" if ipv6 else "0.0.0.0/0", "ipv6": ipv6, "moved": moved}
        )
    return steps


def shown(entry: Entry) -> str:
    """For a person: "100: all from 0.0.0.0/0"."""
    ports = "all" if entry.protocol in ("-1", "all") else f"tcp {entry.first}-{entry.last}"
    return f"{entry.number}: {ports} from {entry.cidr}"


def _as_sent(entry: Entry) -> dict[str, Json]:
    return {
        "protocol": entry.protocol, "cidr": entry.cidr, "ipv6": ":" in entry.cidr,
        "first": entry.first, "last": entry.last, "ports": entry.protocol in ("6", "tcp"),
    }  # fmt: skip


def every_port() -> tuple[int, int]:
    """The range of an entry for every protocol."""
    return 0, LAST_PORT
