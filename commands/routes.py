"""How findings find their team, as configured: tag keys, rules over names, CODEOWNERS, and a default."""

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from commands.codeowners import Codeowners


@dataclass(frozen=True, slots=True)
class RouteRule:
    """What `match` fits belongs to `team`. `match` is a glob: `*` stands for anything, slashes too."""

    match: str
    team: str


@dataclass(frozen=True, slots=True)
class Routing:
    """`tags` are keys of resource tags; `codeowners` holds, by target name, the file that the target names.

    `default` is the home of what nobody owns, "" where there is none.
    """

    tags: tuple[str, ...] = ()
    rules: tuple[RouteRule, ...] = ()
    default: str = ""
    codeowners: Mapping[str, Codeowners] = field(default_factory=dict)
    # Both are asked for every verdict of a scan: made once, and no part of what a Routing is.
    _keys: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        """One pattern out of all rules: alternatives are tried in their order, so the first that fits wins."""
        object.__setattr__(self, "_keys", tuple(key.casefold() for key in self.tags))
        if self.rules:
            either = "|".join(f"({fnmatch.translate(rule.match)})" for rule in self.rules)
            object.__setattr__(self, "_pattern", re.compile(either))

    def ruled(self, place: str) -> str:
        """The team of the first rule that fits `place` (an ARN, or a path in a repository); "" for none."""
        found = self._pattern.match(place) if self._pattern else None
        return self.rules[found.lastindex - 1].team if found and found.lastindex else ""

    def tagged(self, tags: Mapping[str, str]) -> list[tuple[str, str]]:
        """The (key, value) pairs of `tags` that may name a team, in the order of the configured keys."""
        if not self._keys or not tags:
            return []
        found = [(key.casefold(), key, value) for key, value in tags.items()]
        return [
            (key, value) for wanted in self._keys for folded, key, value in sorted(found) if folded == wanted
        ]
