"""What a network ACL lets in, by its entries in order: the first that matches a packet decides.

An ACL opens a port to the world where the entries that allow it, less those that an earlier one refuses whole,
together hold every address. (A refusal of some addresses before `allow 0.0.0.0/0` leaves the rest of the Internet.)
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scanners.aws.net import LAST_PORT, is_world
from scanners.model import Json

TCP, UDP = ("6", "tcp"), ("17", "udp")
_EVERYTHING = ("-1", "all")
_LAST_NUMBER = 32_766  # 32,767 is AWS's own entry, which refuses what nothing before it has allowed
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Change = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Entry:
    """One inbound entry. `protocol` is a number as text, "-1" is all; ports are inclusive; `icmp` is (type, code)."""

    number: int
    allows: bool
    protocol: str
    first: int
    last: int
    cidr: str
    icmp: tuple[int, int] | None = None

    @property
    def has_ports(self) -> bool:
        """True for TCP and UDP: the other protocols know none."""
        return self.protocol in (*TCP, *UDP)


def opening(entries: Sequence[Entry], port: int) -> list[Entry]:
    """The entries that let the whole of IPv4 or of IPv6 reach TCP `port`, by number; empty where none do.

    They are the first ones that do it, less those without which the rest would do it as well.
    """
    found: list[Entry] = []
    for version in (4, 6):
        allowed = _reached(entries, port, version)
        enough = next((n for n in range(1, len(allowed) + 1) if _whole(allowed[:n])), 0)
        first = allowed[:enough]
        found += [entry for entry in first if not _whole([other for other in first if other is not entry])]
    return sorted(found, key=lambda entry: entry.number)


def _whole(entries: Sequence[Entry]) -> bool:
    return is_world(entry.cidr for entry in entries)


def _reached(entries: Sequence[Entry], port: int, version: int) -> list[Entry]:
    """The entries that allow `port` from somewhere that no earlier entry has refused."""
    refused: list[Network] = []
    allowed: list[Entry] = []
    for entry in sorted(entries, key=lambda item: item.number):
        network = _network(entry.cidr)
        if network.version != version or not matches(entry, port):
            continue
        if not entry.allows:
            refused = list(ipaddress.collapse_addresses([*refused, network]))  # type: ignore[type-var]
        elif not any(network.subnet_of(other) for other in refused):  # type: ignore[arg-type]
            allowed.append(entry)
    return allowed


def matches(entry: Entry, port: int) -> bool:
    """True where the entry speaks of TCP `port`."""
    return entry.protocol in (*TCP, *_EVERYTHING) and entry.first <= port <= entry.last


def _network(cidr: str) -> Network:
    return ipaddress.ip_network(cidr, strict=False)


def closing(entries: Sequence[Entry], port: int) -> dict[str, list[Change]]:
    """{do, undo}: the changes that refuse TCP `port` to the world and leave everything else as it is.

    A change is {what: create, replace or delete, number, allow, protocol, cidr, ipv6, ports, icmp}; `ports` and
    `icmp` are null or [first, last] and [type, code].
    """
    steps: dict[str, list[Change]] = {"do": [], "undo": []}
    now = {entry.number: entry for entry in entries}
    for ipv6 in (False, True):
        guilty = next((e for e in opening(list(now.values()), port) if (":" in e.cidr) is ipv6), None)
        after = _refused_before(now, guilty, port) if guilty else None
        if after is None:
            continue
        # From the far end: until the last change, each entry also stands where it stood.
        changed = sorted((n for n in after if after[n] != now.get(n)), reverse=True)
        steps["do"] += [_change("replace" if n in now else "create", after[n]) for n in changed]
        back = [
            _change("replace", now[n]) if n in now else _change("delete", after[n]) for n in changed[::-1]
        ]
        steps["undo"] = [*back, *steps["undo"]]
        now = after
    return steps


def _refused_before(now: Mapping[int, Entry], guilty: Entry, port: int) -> dict[int, Entry] | None:
    """The entries with one more, just before `guilty`; where no number is free there, those behind it move up."""
    everybody = "::/0" if ":" in guilty.cidr else "0.0.0.0/0"
    number = guilty.number - 1
    after = dict(now)
    if number < 1 or number in now:
        number = guilty.number
        free = next((n for n in range(number + 1, _LAST_NUMBER + 1) if n not in now), None)
        if free is None:
            return None
        for place in range(free, number, -1):
            after[place] = replace(now[place - 1], number=place)
    after[number] = Entry(number, False, "6", port, port, everybody)
    return after


def shown(entry: Entry) -> str:
    """For a person: "100: all from 0.0.0.0/0"."""
    ports = f"tcp {entry.first}-{entry.last}" if entry.has_ports else "all"
    return f"{entry.number}: {ports} from {entry.cidr}"


def _change(what: str, entry: Entry) -> Change:
    return {
        "what": what, "number": entry.number, "allow": entry.allows, "protocol": entry.protocol,
        "cidr": entry.cidr, "ipv6": ":" in entry.cidr,
        "ports": [entry.first, entry.last] if entry.has_ports else None,
        "icmp": list(entry.icmp) if entry.icmp else None,
    }  # fmt: skip


def every_port() -> tuple[int, int]:
    """The range of an entry for every protocol."""
    return 0, LAST_PORT
