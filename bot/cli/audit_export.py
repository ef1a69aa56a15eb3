"""`patrol audit export`: which range, which file, and what is said of the archive."""

import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from bot.cli.invocation import Invocation
from bot.evidence.archive import new_file, write_archive
from bot.messages.terminal_table import safe
from bot.times import now_utc
from scanners.errors import StoreError, UsageError
from storage.clock import iso
from storage.export import Slice, find_slice
from storage.store import Store

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written where. `sha256` is the archive's own."""

    path: Path
    part: Slice
    sha256: str


def export(invocation: Invocation, name: str) -> int:
    """Write the archive that was asked for; returns 0. Raises UsageError or StoreError where it cannot."""
    since, until = _moment(invocation, "from"), _moment(invocation, "to")
    if since >= until:
        raise UsageError(f"--from ({_short(since)}) must be earlier than --to ({_short(until)}).", "from")
    path = Path(name or f"patrol-evidence-{_short(since)}-{_short(until)}.zip")
    store = Store(invocation.settings().store, read_only=True)
    try:
        done = export_to(store, path, since, until, now_utc())
    finally:
        store.close()
    _tell(done, as_json=invocation.format == "json")
    return 0


def export_to(store: Store, path: Path, since: datetime, until: datetime, now: datetime) -> Exported:
    """Write the evidence of [since, until) to `path`, which must not exist.

    Raises StoreError where the ledger is broken or the file cannot be written; then nothing is left behind.
    """
    try:
        with new_file(path) as (out, partial):
            part = _written(store, out, path, since, until, now)
            out.flush()
            digest = _digest(partial)
    except FileExistsError as error:
        raise StoreError(f"{path} exists already. Name a new file; an export replaces nothing.") from error
    except OSError as error:
        raise _unwritable(path, error) from error
    return Exported(path, part, digest)


def _written(
    store: Store, out: BinaryIO, path: Path, since: datetime, until: datetime, now: datetime
) -> Slice:
    with store.read() as connection:
        try:
            part = find_slice(connection, since, until)
            write_archive(out, connection, part, min(until, now), version("patrol-bot"))
        except OSError as error:  # of the archive's disk: `store.read` would blame the store
            raise _unwritable(path, error) from error
        return part


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path} cannot be written: {error.strerror or error}. Name a file on a disk with room, in a folder that is there."
    )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as written:
        while block := written.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _moment(invocation: Invocation, option: str) -> datetime:
    """A UTC day's start, or an instant. Raises UsageError for what is neither."""
    text = invocation.options.get(option, "")
    if not text:
        raise UsageError(f"--{option} is missing. All of November: --from 2026-11-01 --to 2026-12-01", option)
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--{option} takes a day (2026-11-01) or an instant (2026-11-01T09:00Z), not {text[:40]!r}.",
            option,
        ) from None
    raise UsageError(f"--{option} {text[:40]} has no time zone. In UTC it is {text[:40]}Z.", option)


def _short(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}" if moment.time() == time() else f"{moment:%Y%m%dT%H%M%SZ}"


def _tell(done: Exported, *, as_json: bool) -> None:
    part = done.part
    if as_json:
        said = {
            "schema": "patrol.export/1", "file": str(done.path), "sha256": done.sha256, "from": iso(part.since),
            "to": iso(part.until), "events": part.count, "after": part.after, "last": part.last,
            "dated_before": part.dated_before, "written_later": part.written_later,
        }  # fmt: skip
        json.dump(said, sys.stdout, indent=2)
        print()
        return
    name = safe(str(done.path))
    numbered = (
        f"numbered {part.after + 1} to {part.last}" if part.count else f"empty, behind event {part.after}"
    )
    print(f"Exported {part.count:,} events, {numbered}, to {name}.")
    if part.written_later:
        print(
            f"{part.written_later:,} events dated within were written to the ledger later: a later range has them."
        )
    print(f"SHA-256 of the archive, to keep elsewhere: {done.sha256}")
    print(
        "Verify it without Patrol: unpack it, then `python3 -I verify.py`. It is confidential: nothing is redacted."
    )
