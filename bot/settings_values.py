"""What one value of patrol.toml must look like. Each check returns what is wrong and its mend, "" where nothing is."""

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import date, time
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

Check = Callable[[str], str]

MOST_LISTED = 12
MOST_LETTERS = 64
# AWS names a region by partition or area, a side of it, and a number: us-gov-west-1, eusc-de-east-1.
_REGION = re.compile(
    r"[a-z]{2,4}(-[a-z]{2,4})?-(central|(north|south)(east|west)?|east|west)-[1-9]\Z", re.ASCII
)
_TOKEN = re.compile(r"xox[a-z]|xapp-")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}\Z")


def name(value: str) -> str:
    """The name of a team or target: one word that can be typed in a command."""
    if _NAME.match(value):
        return ""
    return f"{shown(value)} can't be typed in a command. Use letters, digits, `-`, `_`, `.`, and 64 of them at most."


def alias(value: str) -> str:
    """Another name of a team, as it stands in tags or in CODEOWNERS: "pay", "Team Payments", "acme/payments"."""
    if value and value == value.strip() and value.isprintable() and len(value) <= MOST_LETTERS:
        return ""
    return (
        f"{shown(value)} is no name. Use {MOST_LETTERS} printable letters at most, and no blanks around them."
    )


def tag_key(value: str) -> str:
    """The key of a resource's tag; AWS allows 128 letters."""
    if value and value == value.strip() and value.isprintable() and len(value) <= 128:
        return ""
    return f'{shown(value)} is no key of a tag. Write it like "team", without blanks around it.'


def glob(value: str) -> str:
    """A pattern over names: `*`, `?` and `[abc]` as in a shell, except that `*` stands for slashes too."""
    if value != value.strip() or not value.isprintable() or len(value) > 2048:
        return f"{shown(value)} has blanks around it, odd letters, or too many. Write it like arn:aws:s3:::data-*."
    if "[" in re.sub(r"\[[!^]?\]?[^\]]*\]", "", value):
        return f"a [ in {shown(value)} is never closed. Close it, or write [[] for the letter."
    return ""


def region(value: str) -> str:
    """The shape of an AWS region's name; regions that AWS adds later fit it too."""
    if _REGION.match(value):
        return ""
    if _REGION.match(value[:-1]) and value[-1] in "abcdef":
        return f"{shown(value)} is an availability zone. Name its region: {value[:-1]}."
    return f"{shown(value)} is no AWS region. Write it like eu-west-1."


def timezone(value: str) -> str:
    """An IANA time zone, from the machine's database or the tzdata package."""
    if value in _zones():
        return ""
    wanted = value.casefold()
    cities = [zone for zone in sorted(_zones()) if zone.casefold().rpartition("/")[2] == wanted]
    near = f" Did you mean {cities[0]}?" if cities else hint(value, sorted(_zones()), listed=False)
    return f"there is no time zone {shown(value)}.{near or ' Write it like Europe/Berlin or UTC.'}"


def path(value: str) -> str:
    """A path that can be made one."""
    try:
        Path(value).expanduser()
    except RuntimeError:
        return f"{shown(value)}: there is no such home folder. Write the path without `~`."
    return f"{shown(value)} has a NUL in it. Take it out." if "\0" in value else ""


def api_url(value: str) -> str:
    """Where tokens are sent: https, or plain http on loopback, told by the parsed host and not by its look."""
    wrong = f"{shown(value)} is no https address. Tokens are sent there, so plain http is for loopback only."
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return wrong
    odd = "@" in value or "\\" in value or " " in value or not value.isascii() or not value.isprintable()
    if odd or not host or parts.query or parts.fragment:
        # Not shown: what stands before an @ may be a password.
        return "it is no plain address. Write it like https://slack.com/api/."
    return "" if parts.scheme == "https" or (parts.scheme == "http" and _loopback(host)) else wrong


def one_of(known: Iterable[str], what: str) -> Check:
    """A check that the value is one of `known`."""
    options = list(known)

    def check(value: str) -> str:
        return "" if value in options else f"{shown(value)} is no {what}.{hint(value, options)}"

    return check


def hint(word: str, known: Iterable[str], *, listed: bool = True) -> str:
    """The nearest of `known`, whatever its case, and all of them; "" where neither is to be had."""
    names = list(known)
    near = nearest(word, names)
    told = f" Did you mean {near}?" if near else ""
    if not listed:
        return told
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return f"{told} Known: {', '.join(names[:MOST_LISTED])}{more}." if names else " None is configured."


def nearest(word: str, known: Iterable[str]) -> str:
    """The nearest of `known`, whatever its case; "" where none is near."""
    by_folded = {known_name.casefold(): known_name for known_name in known}
    near = difflib.get_close_matches(word[:80].casefold(), by_folded, n=1, cutoff=0.5)
    return by_folded[near[0]] if near else ""


def shown(value: object) -> str:
    """A value as it is told in a mistake: quoted, and short. A token is not told, wherever it was pasted."""
    try:
        # As TOML writes them, not as Python does.
        text = str(value).lower() if isinstance(value, bool | date | time) else repr(value)
    except ValueError:  # Python refuses to print a number of more than 4,300 digits
        return "that number"
    if _TOKEN.search(text):
        return "a token (not shown here)"
    return text if len(text) <= 60 else text[:57] + "..."


def plain(text: str) -> str:
    """`text` with the letters that could steer a terminal or break the line written out."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) | {"UTC"}
