"""Writes the archive: the same slice gives the same bytes, and no name in it comes from data."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from bot.evidence.readme import readme
from scanners.model import Json
from storage import export
from storage.clock import iso
from storage.export import Row, Slice
from storage.pictures import Connection

SCHEMA = "patrol.evidence/1"
NO_SEAL = "0" * 64
_LINES = 500
_DATE = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the earliest that a zip can say: when the file was made is no part of the slice


@dataclass(slots=True)
class _Archive:
    """A zip that remembers the SHA-256 and size of what went into it."""

    zip: zipfile.ZipFile
    written: dict[str, Json] = field(default_factory=dict)

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        """Write one file, part by part."""
        digest, size = hashlib.sha256(), 0
        with self.zip.open(_entry(name), "w", force_zip64=True) as entry:
            for part in parts:
                entry.write(part)
                digest.update(part)
                size += len(part)
        self.written[name] = {"bytes": size, "sha256": digest.hexdigest()}


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o100600 << 16
    return entry


def write_archive(out: BinaryIO, connection: Connection, part: Slice, as_of: datetime, version: str) -> None:
    """Write the evidence of `part` to `out`, streamed. `as_of` is when the states of findings are told.

    `connection` is one picture of the store (`Store.read`). Raises StoreError where the store disagrees with
    its ledger.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        archive = _Archive(opened)
        archive.add("README.txt", [readme(part, as_of, version).encode()])
        archive.add("events.jsonl", _joined(export.event_lines(connection, part)))
        archive.add("chain.json", [_pretty(_chain(part))])
        archive.add("fixes.jsonl", _lines(export.fixes(connection, part)))
        archive.add("approvals.jsonl", _lines(export.approvals(connection, part)))
        archive.add("coverage.jsonl", _lines(export.coverage(connection, part)))
        archive.add("findings.jsonl", _lines(export.findings(connection, part, as_of)))
        archive.add("verify.py", [files("bot.evidence").joinpath("verify.py").read_bytes()])
        archive.add("manifest.json", [_manifest(archive.written, part, as_of, version)])


def _joined(lines: Iterator[str]) -> Iterator[bytes]:
    while batch := list(islice(lines, _LINES)):
        yield "".join(batch).encode("utf-8", "backslashreplace")


def _lines(rows: Iterator[Row]) -> Iterator[bytes]:
    # A lone surrogate stays what it was in the ledger, an escape: UTF-8 has no form for it.
    return _joined(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)


def _pretty(value: Json) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _chain(part: Slice) -> Json:
    empty = part.count == 0
    return {
        "count": part.count,
        "first": None if empty else part.after + 1,
        "last": None if empty else part.last,
        "after": part.after,
        "prev": part.prev,
        "hash": part.hash,
        "newest": {"seq": part.newest, "hash": part.newest_hash},
        "dated_before": part.dated_before,
        "written_later": part.written_later,
    }


def _manifest(written: dict[str, Json], part: Slice, as_of: datetime, version: str) -> bytes:
    said = {
        "schema": SCHEMA,
        "patrol": version,
        "from": iso(part.since),
        "to": iso(part.until),
        "as_of": iso(as_of),
        "time_zone": "UTC",
        "files": written,
        "seal": NO_SEAL,
    }
    unsealed = _pretty(said)
    return _pretty(said | {"seal": hashlib.sha256(unsealed).hexdigest()})


@contextmanager
def new_file(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file beside `path` that only its owner can read, and its name; it takes that of `path` once it is whole.

    Raises FileExistsError where something has the name, before and after, and OSError as the disk does.
    """
    import tempfile

    if path.exists() or path.is_symlink():
        raise FileExistsError(path)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".partial") as partial:
        yield cast(BinaryIO, partial), Path(partial.name)
        partial.flush()
        try:
            # A link, not a rename: it never replaces what somebody put there meanwhile.
            path.hardlink_to(partial.name)
        except FileExistsError:
            raise
        except OSError:  # a disk without links: the name is taken first, and given back where the copy fails
            _copy(Path(partial.name), path)


def _copy(source: Path, path: Path) -> None:
    import shutil

    with source.open("rb") as whole, path.open("xb") as copy:
        try:
            path.chmod(0o600)
            shutil.copyfileobj(whole, copy)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
