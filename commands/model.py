"""One definition of each command serves the slash command, buttons, the scheduler and the terminal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event as StopSignal
from typing import Protocol

from commands.people import Organisation, Person, Role
from commands.reply import Reply
from scanners.model import Scan, Target
from storage.store import Store

Progress = Callable[[str, int, int], None]


def no_problems() -> tuple[str, ...]:
    """For a face that has nothing of its own to complain of."""
    return ()


class Scanner(Protocol):
    """Runs a scan. `controls` may be empty (all); `only_resource` makes it a targeted check."""

    def __call__(
        self,
        target: Target,
        controls: tuple[str, ...],
        *,
        only_resource: str = "",
        trigger: str = "command",
        progress: Progress | None = None,
        cancel: StopSignal | None = None,
    ) -> Scan:
        """Raises CredentialError or CollectError where nothing can be learnt at all."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a command may touch. `face` is "slack", "terminal" or "schedule".

    `problems` tells what of Patrol itself does not work now, one line each. `workspace` is the id of the
    Slack workspace that asks, "" where there is but one, or none.

    The walls between teams and workspaces are drawn here, for every face: `sees` is the teams whose findings the
    actor may see (None for all; one that is given can only narrow it), and every question to the store carries it.
    `organisation` holds no team and no target beyond that, so that what one may not see is not named, listed or
    found by its name. `whole` is the configuration with nothing left out: for what Patrol does by itself (routing,
    posts, jobs), and never for words that the actor types or reads.
    """

    store: Store
    organisation: Organisation
    actor: Person
    now: Callable[[], datetime]
    scanner: Scanner
    face: str = "terminal"
    channel: str = ""
    problems: Callable[[], tuple[str, ...]] = no_problems
    workspace: str = ""
    sees: frozenset[str] | None = None
    whole: Organisation = field(default_factory=Organisation)

    def __post_init__(self) -> None:
        """Narrow what was given to what the actor may see; doing it twice changes nothing."""
        whole = self.organisation if self.whole == Organisation() else self.whole
        visible = whole.visible(self.actor, self.workspace)
        sees = self.sees if visible is None else visible if self.sees is None else visible & self.sees
        object.__setattr__(self, "whole", whole)
        object.__setattr__(self, "sees", sees)
        object.__setattr__(self, "organisation", whole.seen_by(sees))

    def sees_target(self, name: str) -> bool:
        """True where the actor may know how a target's scans went: its owner's people, by the same walls."""
        return self.sees is None or self.organisation.home(name) is not None


@dataclass(frozen=True, slots=True)
class Arguments:
    """The parsed words: `fixed ID --format json severity:high` -> words, options, filters."""

    words: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A verb. `usage` shows its words; `options` and `filters` are the names it takes, `flags` the options
    that take no value. With `free_text` everything behind the first word is text as it stands. `decides`
    marks a verb that answers `patrol.reply/1`.

    `run` raises UsageError for wrong words, RefusedError for a role or rule.
    """

    name: str
    summary: str
    usage: str
    role: Role
    run: Callable[[Context, Arguments], Reply]
    examples: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    most_words: int = 0
    help: str = ""
    flags: tuple[str, ...] = ()
    free_text: bool = False
    decides: bool = False
