"""Verifies an evidence archive of Patrol. Needs Python 3.8 or newer, and neither Patrol nor a network.

    python3 -I verify.py [ARCHIVE.zip or FOLDER] [--against OTHER.zip or FOLDER]

Without an archive: the folder that this file lies in. Prints a line for each check; ends with 1 where one fails.
README.txt of the archive says what the files are, and what a verified archive does not prove.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, Callable, Iterator, NamedTuple, cast  # noqa: UP035  # Python 3.8

FILES = (
    "README.txt", "events.jsonl", "chain.json", "fixes.jsonl", "approvals.jsonl", "coverage.jsonl",
    "findings.jsonl", "verify.py", "manifest.json",
)  # fmt: skip
GENESIS = "0" * 64
FAILING = ("opened", "regressed", "evidence_changed", "refuted")
_WORD = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
LINE = re.compile(
    rb'\{"seq":([1-9][0-9]*),"at":(%b),"kind":(%b),"finding":(%b),"actor":(%b),"data":(.*),'
    rb'"prev":("[0-9a-f]{64}"),"hash":("[0-9a-f]{64}")\}\n' % ((_WORD,) * 4)
)
SEAL = re.compile(rb'("seal": ")([0-9a-f]{64})("\n\}\n)\Z')
FIX = "seq at finding control scope target resource locus episode before after scan claimant cause released_by is_fix"
APPROVAL = "seq at finding request reason requester requested approver until end"
COVERAGE = "seq scan target started finished control scope status reason missing_permission"


class Bad(Exception):
    """What does not hold, and where."""


class Event(NamedTuple):
    """One line of events.jsonl."""

    line: int
    seq: int
    at: str
    kind: str
    finding: str
    actor: str
    data: Any
    prev: str
    hash: str


def must(holds: bool, where: str, why: str) -> None:
    """Raise `Bad` where it does not hold."""
    if not holds:
        raise Bad(f"{where}: {why}")


class Archive:
    """The files of an archive, in a zip or unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip = None if path.is_dir() else zipfile.ZipFile(str(path))

    def open(self, name: str) -> BinaryIO:
        """One file, to read."""
        try:
            return cast(BinaryIO, self.zip.open(name) if self.zip else (self.path / name).open("rb"))
        except (
            KeyError,
            OSError,
            ValueError,
            RuntimeError,  # also of a compression or an encryption that this Python does not know
            zipfile.BadZipFile,
        ) as error:
            raise Bad(f"{name}: it is missing or cannot be read") from error

    def chunks(self, name: str) -> Iterator[bytes]:
        """One file in pieces."""
        with self.open(name) as stream:
            while True:
                try:
                    chunk = stream.read(1 << 20)
                except Exception as error:  # what a damaged zip raises differs from one Python to the next
                    raise Bad(f"{name}: it is damaged") from error
                if not chunk:
                    return
                yield chunk

    def lines(self, name: str) -> Iterator[tuple[int, bytes]]:
        """One file by lines, numbered from 1, each with its end. Only a line feed ends one."""
        rest, number = b"", 0
        for chunk in self.chunks(name):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                number += 1
                yield number, line + b"\n"
        must(not rest, f"{name} line {number + 1}", "it is cut off")

    def document(self, name: str) -> Any:
        """A small file that is one JSON value."""
        return parsed(b"".join(self.chunks(name)), name)

    def rows(self, name: str, keys: str = "") -> Iterator[Any]:
        """The rows of a file, each with where it stands; keys other than `keys` (if given) are refused."""
        for number, line in self.lines(name):
            where = f"{name} line {number}"
            row = parsed(line, where)
            fits = isinstance(row, dict) and (not keys or list(row) == keys.split())
            must(fits, where, "its keys are not those that belong there")
            yield where, row

    def events(self) -> Iterator[Event]:
        """The ledger's slice; each line's own hash is proven on the way."""
        for number, line in self.lines("events.jsonl"):
            where = f"events.jsonl line {number}"
            found = LINE.fullmatch(line)
            if not found:
                raise Bad(f"{where}: it is not an event as Patrol writes it")
            values = found.groups()
            digest = hashlib.sha256(b"[" + b",".join(values[:7]) + b"]").hexdigest()
            at, kind, finding, actor, data = (parsed(value, where) for value in values[1:6])
            seq, prev, said = int(values[0]), values[6].decode()[1:-1], values[7].decode()[1:-1]
            must(digest == said, f"{where} (event {seq})", "its content does not match its hash")
            must(isinstance(data, dict), f"{where} (event {seq})", "its data is no object")
            yield Event(number, seq, at, kind, finding, actor, data, prev, said)


def parsed(text: bytes, where: str) -> Any:
    """The JSON value. A key that stands twice is refused: readers differ in which one counts."""
    try:
        return DECODER.decode(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Bad(f"{where}: it is not JSON as Patrol writes it") from error


def _once(pairs: list[tuple[str, Any]]) -> Any:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


DECODER = json.JSONDecoder(object_pairs_hook=_once)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 and true differ, and NaN is itself."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def check_id(row: Any, where: str) -> None:
    """A finding's id is the hash of its four parts. Where a name holds half a letter, that can't be judged."""
    parts = [row["control"], row["scope"], row["resource"], row["locus"]]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    made = "pf1_" + hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    right = made == row.get("finding", row.get("id")) or re.search(r"\\u[dD][89a-fA-F]", text)
    must(bool(right), where, "control, scope, resource and locus are not those of the finding")


def earlier(count: int, what: str) -> str:
    """What is said of rows that go back behind the slice."""
    return f"; {count} {what} in an earlier slice, not proven here" if count else ""


class Chain:
    """Every event follows from the one before; chain.json and the manifest say the same."""

    def __init__(self, archive: Archive) -> None:
        self.said, manifest = archive.document("chain.json"), archive.document("manifest.json")
        self.since, self.until = manifest["from"], manifest["to"]
        self.last, self.hash, self.count, self.early = self.said["after"], self.said["prev"], 0, 0

    def see(self, event: Event) -> None:
        where = f"events.jsonl line {event.line} (event {event.seq})"
        must(event.seq == self.last + 1, where, f"event {self.last + 1} should be here")
        must(event.prev == self.hash, where, "it does not follow from the event before it")
        must(event.at < self.until, where, "it is dated behind the end of the range")
        must(self.count > 0 or event.at >= self.since, where, "it is dated before the start of the range")
        self.last, self.hash, self.count = event.seq, event.hash, self.count + 1
        self.early += event.at < self.since

    def end(self) -> str:
        said, first, newest = self.said, self.said["after"] + 1, self.said["newest"]
        seen = {
            "count": self.count, "first": first if self.count else None, "last": self.last if self.count else None,
            "hash": self.hash, "dated_before": self.early,
        }  # fmt: skip
        for key, value in seen.items():
            must(same(said[key], value), "chain.json", f'"{key}" is not what events.jsonl holds')
        must(first > 1 or said["prev"] == GENESIS, "chain.json", "the first event of all follows 64 zeros")
        must(newest["seq"] >= self.last, "chain.json", "the ledger's newest event is older than the slice")
        must(
            newest["seq"] > self.last or newest["hash"] == self.hash,
            "chain.json",
            "the newest hash is another",
        )
        if not self.count:
            return f"the slice is empty; it stands after event {self.last}"
        return f"{self.count} events, {first} to {self.last}, each linked to the one before it"


class Fixes:
    """Every closing in the ledger has its row, and no row is without one."""

    def __init__(self, archive: Archive) -> None:
        self.first = archive.document("chain.json")["after"] + 1
        self.of = {row["finding"] for _where, row in archive.rows("fixes.jsonl", FIX)}
        self.rows = archive.rows("fixes.jsonl", FIX)
        self.seen: Any = {}
        self.episode: Any = {}
        self.count = self.earlier = 0

    def see(self, event: Event) -> None:
        if event.kind in FAILING and event.finding in self.of:
            evidence = event.data["evidence"]
            self.seen[event.finding] = {
                "seq": event.seq,
                "at": event.at,
                "kind": event.kind,
                "evidence": evidence,
            }
            if event.kind == "opened":
                self.episode[event.finding] = 1
            elif event.kind == "regressed" and event.finding in self.episode:
                self.episode[event.finding] += 1
        if event.kind == "fixed":
            where, row = next(self.rows, ("fixes.jsonl", None))
            must(row is not None, where, f"the row of event {event.seq} is missing")
            self.compare(event, row, where)
            self.count += 1

    def compare(self, event: Event, row: Any, where: str) -> None:
        data = event.data
        backed = {
            "seq": event.seq, "at": event.at, "finding": event.finding, "after": data["evidence"],
            "scan": data["scan"], "claimant": data["claimed_by"], "cause": data["cause"],
            "released_by": data.get("released_by", ""), "is_fix": data["cause"] in ("proven", "gone"),
        }  # fmt: skip
        for key, value in backed.items():
            must(same(row[key], value), where, f'"{key}" is not what event {event.seq} says')
        check_id(row, where)
        before = self.seen.get(event.finding)
        if before:
            must(same(row["before"], before), where, f'"before" is not what event {before["seq"]} says')
        else:
            must(row["before"]["seq"] < self.first, where, '"before" names an event that is not there')
            self.earlier += 1
        must(
            row["episode"] == self.episode.get(event.finding, row["episode"]), where, "the episode is another"
        )

    def end(self) -> str:
        where, row = next(self.rows, ("", None))
        must(row is None, where, "no event of the slice backs it")
        return f"{self.count}, each backed by its event" + earlier(self.earlier, 'whose "before" is')


class Approvals:
    """Every approval in the ledger has its row, and its request and end are events too."""

    def __init__(self, archive: Archive) -> None:
        self.first = archive.document("chain.json")["after"] + 1
        self.rows: Any = {}
        self.asked: Any = {}
        self.ends: Any = {}
        self.standing: Any = {}  # finding -> where its row is, and the event that ended it although the row says none
        before = 0
        for where, row in archive.rows("approvals.jsonl", APPROVAL):
            must(row["seq"] > before, where, "it is not in order")
            before = row["seq"]
            self.rows[before] = self.asked[row["requested"]["seq"]] = (where, row)
            if row["end"]:
                self.ends[row["end"]["seq"]] = (where, row)
            elif before < self.first:
                self.standing[row["finding"]] = [where, None]
        self.count, self.earlier = len(self.rows), sum(seq < self.first for seq in self.rows)

    def see(self, event: Event) -> None:
        if event.seq in self.asked:
            self.compare_request(event, *self.asked.pop(event.seq))
        if event.seq in self.ends:
            where, row = self.ends.pop(event.seq)
            end = {"seq": event.seq, "at": event.at, "kind": event.kind, "by": event.actor}
            holds = row["finding"] == event.finding and row["seq"] < event.seq and same(row["end"], end)
            must(holds, where, f"event {event.seq} is not the end that it names")
        if event.kind == "approved":
            must(event.seq in self.rows, "approvals.jsonl", f"the row of event {event.seq} is missing")
            self.compare(event, *self.rows.pop(event.seq))
        elif event.finding in self.standing:
            lapsed = event.kind == "lapsed" and event.data["was"] != "request"
            if lapsed or event.kind in ("revoked", "fixed", "out_of_scope"):
                self.standing[event.finding][1] = event.seq
            elif event.kind == "undone":
                self.standing[event.finding][1] = None

    def compare_request(self, event: Event, where: str, row: Any) -> None:
        wanted = [row["finding"], row["requester"], row["reason"], row["request"], row["requested"]["at"]]
        said = [event.finding, event.actor, event.data.get("reason"), event.data.get("what"), event.at]
        holds = event.kind == "requested" and same(wanted, said)
        must(holds, where, f"event {event.seq} is not the request that it names")

    def compare(self, event: Event, where: str, row: Any) -> None:
        data = event.data
        backed = {
            "at": event.at, "finding": event.finding, "request": data["what"], "reason": data["reason"],
            "requester": data["requested_by"], "approver": event.actor, "until": data["until"],
        }  # fmt: skip
        for key, value in backed.items():
            must(same(row[key], value), where, f'"{key}" is not what event {event.seq} says')
        if not row["end"]:
            self.standing[event.finding] = [where, None]

    def end(self) -> str:
        for seq, (where, _row) in [*self.rows.items(), *self.asked.items()]:
            must(seq < self.first, where, f"event {seq} that it names is none of the slice that backs it")
        for seq, (where, _row) in self.ends.items():
            must(False, where, f"the end that it names, event {seq}, is none of the slice")
        for where, ended in self.standing.values():
            must(ended is None, where, f"it had an end: event {ended}")
        here = f"{self.count - self.earlier} given in the slice, each backed by its event"
        return here + earlier(self.earlier, "that were given")


class Coverage:
    """For every recorded scan as many rows of each status as the ledger counted."""

    def __init__(self, archive: Archive) -> None:
        self.rows = archive.rows("coverage.jsonl", COVERAGE)
        self.where: str = ""
        self.row: Any = None
        self.read()
        self.scans = self.count = 0

    def see(self, event: Event) -> None:
        if event.kind != "scan_recorded":
            return
        found: Any = {}
        before = ("", "")
        while self.row is not None and self.row["seq"] == event.seq:
            where, row = self.where, self.row
            of = (row["scan"], row["target"]) == (event.data["scan"], event.data["target"])
            must(of, where, f"event {event.seq} is of another scan")
            must(before < (row["control"], row["scope"]), where, "it is not in order")
            before = (row["control"], row["scope"])
            found[row["status"]] = found.get(row["status"], 0) + 1
            self.count += 1
            self.read()
        said = {status: count for status, count in event.data["coverage"].items() if count}
        must(same(found, said), "coverage.jsonl", f"event {event.seq} counted other rows for its scan")
        self.scans += 1

    def read(self) -> None:
        self.where, self.row = next(self.rows, ("", None))

    def end(self) -> str:
        must(self.row is None, self.where, "no scan of the slice backs it")
        return f"{self.count} rows of {self.scans} scans, as many of each status as the ledger counted"


class Findings:
    """One row for every finding that an event speaks of, with the number of the newest one."""

    def __init__(self, archive: Archive) -> None:
        self.rows = archive.rows("findings.jsonl")
        self.last: Any = {}

    def see(self, event: Event) -> None:
        if event.finding:
            self.last[event.finding] = event.seq

    def end(self) -> str:
        for finding in sorted(self.last):
            where, row = next(self.rows, ("findings.jsonl", {"id": None}))
            must(row["id"] == finding, where, f"the row of {finding!a} should be here")
            must(row["last_seq"] == self.last[finding], where, "its newest event is another")
            check_id(row, where)
        where, row = next(self.rows, ("", None))
        must(row is None, where, "no event of the slice speaks of it")
        return f"{len(self.last)}, every one that the slice speaks of"


CHECKS: Any = (("chain", Chain), ("fixes", Fixes), ("approvals", Approvals), ("coverage", Coverage),
               ("findings", Findings))  # fmt: skip


def check_manifest(archive: Archive) -> str:
    """Names, the seal, and the hash and size of every file."""
    names = archive.zip.namelist() if archive.zip else []
    for name in names:
        must(name in FILES and names.count(name) == 1, "the archive", f"{name!a} does not belong there")
    text = b"".join(archive.chunks("manifest.json"))
    unsealed = SEAL.sub(rb"\g<1>" + GENESIS.encode() + rb"\g<3>", text)
    seal = (SEAL.findall(text) or [(b"", b"")])[0][1].decode()
    must(seal == hashlib.sha256(unsealed).hexdigest(), "manifest.json", "it was changed")
    said = parsed(text, "manifest.json")
    must(said["schema"] == "patrol.evidence/1", "manifest.json", "this verifier does not know its schema")
    must(sorted(said["files"]) == sorted(FILES[:-1]), "manifest.json", "it names other files")
    for name in FILES[:-1]:
        digest, size = hashlib.sha256(), 0
        for chunk in archive.chunks(name):
            digest.update(chunk)
            size += len(chunk)
        must(same(said["files"][name], {"bytes": size, "sha256": digest.hexdigest()}), name, "it was changed")
    made, since, until = (ascii(said[key])[1:-1] for key in ("patrol", "from", "to"))
    return f"{len(FILES)}, each as the manifest says (Patrol {made}, {since} to {until})"


class Report:
    """Prints what was checked and remembers the first that failed."""

    first_bad = ""

    def attempt(self, name: str, work: Callable[..., Any], *given: Any) -> Any:
        """What `work` returns; "BAD" is printed, and None returned, where something does not hold."""
        try:
            return work(*given)
        except Bad as bad:
            why = str(bad)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            why = f"a value that belongs there is missing or of another kind ({ascii(error)[:200]})"
        self.first_bad = self.first_bad or why
        print(f"BAD  {name:<10} {why}")
        return None

    def run(self, name: str, check: Callable[..., str], *given: Any) -> None:
        """Print the line of one check."""
        said = self.attempt(name, check, *given)
        if said is not None:
            print(f"ok   {name:<10} {said}")


def check_events(archive: Archive, report: Report) -> None:
    """One pass over the events, with everything that they back beside it."""
    made = [(name, report.attempt(name, kind, archive)) for name, kind in CHECKS]
    checks = [(name, check) for name, check in made if check is not None]

    def walk() -> bool:
        for event in archive.events():
            for name, check in checks[:]:
                if not report.attempt(name, lambda check, event: (check.see(event),), check, event):
                    checks.remove((name, check))
        return True

    if report.attempt("events", walk):
        for name, check in checks:
            report.run(name, check.end)


def check_join(one: Archive, other: Archive) -> str:
    """The later archive goes on where the earlier one ends, and what both hold is the same."""
    both = [(archive.document("chain.json"), archive) for archive in (one, other)]
    (a, first), (b, second) = sorted(both, key=lambda pair: (pair[0]["after"], pair[0]["count"]))
    end, of = a["after"] + a["count"], "the two archives"
    must(b["after"] <= end, of, f"events {end + 1} to {b['after']} are in neither")
    must(b["after"] != a["after"] or a["prev"] == b["prev"], of, "they follow different events")
    behind, shared = second.events(), 0
    for event in first.events():
        must(
            event.seq != b["after"] or event.hash == b["prev"],
            of,
            f"the later does not follow event {event.seq}",
        )
        twin = next(behind, None) if event.seq > b["after"] else None
        if twin:
            must(twin.hash == event.hash, of, f"event {event.seq} is another in each")
            shared += 1
    for newest, archive in ((a["newest"], second), (b["newest"], first)):
        for event in archive.events():
            once = event.seq != newest["seq"] or event.hash == newest["hash"]
            must(once, of, f"event {event.seq} was the newest once, with another hash")
    return f"one ledger: events {a['after'] + 1} to {max(end, b['after'] + b['count'])}, {shared} of them in both"


def main(words: list[str]) -> int:
    """Verify; returns the exit code."""
    parser = argparse.ArgumentParser(description="Verify an evidence archive of Patrol.")
    parser.add_argument(
        "archive", nargs="?", help="the zip, or the folder it was unpacked to (default: this one)"
    )
    parser.add_argument("--against", help="a neighbouring archive: prove that the two are one ledger")
    given = parser.parse_args(words)
    report, archives = Report(), []
    for path in [given.archive or str(Path(__file__).resolve().parent)] + [given.against] * bool(
        given.against
    ):
        try:
            archives.append(Archive(Path(path)))
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            print(f"BAD  files      {path!a} is no archive that can be read ({error!a})")
            return 1
    for archive in archives:
        print(ascii(str(archive.path))[1:-1])
        report.run("files", check_manifest, archive)
        check_events(archive, report)
    if given.against and not report.first_bad:
        report.run("join", check_join, *archives)
    print(f"NOT VERIFIED. First: {report.first_bad}." if report.first_bad else "Verified.")
    return 1 if report.first_bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
