"""README.txt of an archive: what it is, how to verify it, and what it does not prove."""

from datetime import datetime

from storage.clock import iso
from storage.export import Slice

_TEXT = r"""EVIDENCE EXPORTED BY PATROL {version}

The slice of Patrol's ledger from {since} (inclusive) to {until} (exclusive), in UTC.
{covers}

HOW TO VERIFY
  Unpack into an empty folder, and there:  python3 -I verify.py
  Or without unpacking:                    python3 -I verify.py ARCHIVE.zip
  It needs Python 3.8 or newer and nothing else: neither Patrol nor a network. It prints one line for each check
  and ends with 1 where one fails, naming the file and line.
  Two neighbouring slices:                 python3 -I verify.py ARCHIVE.zip --against OTHER.zip
  Whoever edits an archive can edit its verify.py too. If you do not trust the one who sent it, take verify.py from
  Patrol's source (bot/evidence/verify.py) of the version named above, and run that on the archive.

THE FILES
  events.jsonl     the ledger itself, one event a line, oldest first: seq, at, kind, finding, actor, data, prev, hash
  chain.json       first and last seq, the hash before the first (prev) and of the last (hash), the count, and the
                   newest seq and hash of the whole ledger when this was exported
  fixes.jsonl      each closing: the evidence before it, the evidence that closed it, the scan, who had claimed it,
                   the cause, and who released it where it was held. is_fix is true where a scan proved it
                   (proven, gone), false for a changed control and for a person's word (confirmed).
                   "before" is the newest failing evidence in the ledger. Values that change by themselves, such
                   as an age in days, are those of that event.
  approvals.jsonl  each risk acceptance and false positive that was approved in the slice, or before it and still
                   held in it: request, reason, requester, approver, until, and what ended it (null: nothing yet)
  coverage.jsonl   for each scan: what it could check and what not, with the reason
  findings.jsonl   each finding that an event of the slice speaks of, as the ledger told it at the slice's end; its
                   state is as of {as_of}
  manifest.json    size and SHA-256 of each other file, the range, and a seal over the manifest itself
  verify.py        the verifier

  Text is UTF-8, one JSON value a line, lines end with a line feed. Times are UTC.

THE RULE OF THE HASH
  Take the line of an event. Of seq, at, kind, finding, actor, data and prev take the values exactly as they are
  spelled there, byte for byte, quotes included. Put commas between and square brackets around. The SHA-256 of these
  bytes in hex is "hash". "prev" is the hash of the event before; before the first event of all it is 64 zeros.

      import hashlib, re
      text = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
      event = re.compile(rb'\{{"seq":(\d+),"at":(%b),"kind":(%b),"finding":(%b),"actor":(%b),"data":(.*),"prev":(%b),'
                         rb'"hash":"(.*)"\}}\n' % ((text,) * 5))
      for line in open("events.jsonl", "rb"):
          *values, digest = event.fullmatch(line).groups()
          assert hashlib.sha256(b"[" + b",".join(values) + b"]").hexdigest() == digest.decode()

  Those values are canonical JSON (keys sorted, no spaces, nothing escaped but what JSON demands, and lone surrogates
  as in \ud83d), so a program that writes canonical JSON gets the same bytes from the parsed values. Only where two lone
  surrogates stand side by side must the bytes of the line be taken; they are always right.
  A finding's id is "pf1_" and the SHA-256 of the canonical JSON of [control, scope, resource, locus].
  The seal of manifest.json is the SHA-256 of that file with 64 zeros in the place of the seal.

WHAT THE SLICE COVERS
  An event is dated when the thing happened (a scan's events: when it began) and numbered when it was written. The
  slice begins with the first event that is dated from the range's start or later and ends before the first that is
  dated from its end or later. So no number is missing, and neighbouring ranges join without overlap.
  Events in it that are dated before the range: {dated_before:,}. Events dated within the range that were written
  behind the slice, and that a later range holds: {written_later:,}.

WHAT IT DOES NOT PROVE
  - That nobody rewrote the whole ledger before this export. Keep the SHA-256 of this archive, and prove with
    --against that the next one continues it: from then on the past cannot be rewritten unnoticed.
  - That the clock was right, that a person named in it acted themselves, or that a scan saw everything:
    coverage.jsonl tells what it could not see.
  - What is copied from before the slice (a fix's "before", an approval that was given earlier): its chain is in an
    earlier slice. verify.py counts these.
  - The rows of coverage.jsonl one by one: the ledger holds only how many there were of each status, and that is
    checked. The columns of findings.jsonl beside id and last_seq: they follow from the events since the first one
    of all (`patrol store rebuild --check` replays them).

CONFIDENTIAL
  Nothing is redacted here: a changed letter would break the chain. Patrol's scanners read settings, never secret
  values, but names, ARNs, policies and the reasons and notes that people typed are here as they stand. Treat the
  archive as you treat the systems that it speaks of.
"""


def readme(part: Slice, as_of: datetime, version: str) -> str:
    """The text for `part`."""
    if part.count:
        covers = f"It holds {part.count:,} events, numbered {part.after + 1} to {part.last}."
    else:
        covers = f"It is empty: nothing was written to the ledger in that time. It stands after event {part.after}."
    return _TEXT.format(
        version=version,
        since=iso(part.since),
        until=iso(part.until),
        as_of=iso(as_of),
        covers=covers,
        dated_before=part.dated_before,
        written_later=part.written_later,
    )
