"""What crosses between Patrol and a worker process, pickled over a socket that only the two hold."""

import pickle
from dataclasses import dataclass

from scanners.model import Scan, Target, Verdict

# Verdicts cross in parts: reading ten thousand in one piece would stop every thread of the parent meanwhile.
PART = 100


@dataclass(frozen=True, slots=True)
class Order:
    """To the worker: scan this. One at a time."""

    target: Target
    controls: tuple[str, ...]
    only_resource: str
    trigger: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """To the worker: stop the scan at its next call. `reason` says who wants that, "" where Patrol ends."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """From the worker: how far it is."""

    what: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Part:
    """From the worker: the next verdicts of a scan that is through."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """From the worker: the scan, whose verdicts came before."""

    scan: Scan


@dataclass(frozen=True, slots=True)
class Failed:
    """From the worker: what the scanner raised. The worker is ready for the next order."""

    error: Exception


def portable(error: Exception) -> Exception:
    """`error` if it survives the way, else one that says the same."""
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes, made in this line
    except Exception:
        copy = None
    if type(copy) is type(error) and str(copy) == str(error):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
