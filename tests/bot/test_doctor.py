"""`patrol doctor` on a scan that AWS did not answer in full."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.doctor import OK, WARN, examine
from bot.settings import Settings
from commands.people import Organisation, Team
from scanners.model import Coverage, CoverageStatus, Scan, Verdict
from tests.bot.messages.stage import PROD, SCOPE, START, scan, verdict

ORGANISATION = Organisation((Team("payments", "C0PAYMENTS"),), (PROD,))


def _told(folder: Path, made: Scan) -> list[tuple[str, str, str]]:
    settings = Settings(store=folder / "patrol.db", organisation=ORGANISATION)
    checks = examine(settings, lambda *_given, **_named: made, lambda: datetime.now(UTC))
    return [(c.level, c.subject, c.text) for c in checks if "prod" in c.subject]


def _untagged(name: str) -> Verdict:
    made = verdict(name)
    return replace(made, resource=replace(made.resource, tags_unread=True))


def test_tags_that_were_refused_are_told_with_the_permission(tmp_path: Path) -> None:
    same = replace(_untagged("b"), control="s3.versioning")
    made = scan(1, START, [verdict("a"), _untagged("b"), same, _untagged("c")])
    warned = [told for told in _told(tmp_path, made) if told[0] == WARN]
    assert warned == [
        (
            WARN,
            "owners in prod",
            "The tags of 2 resources could not be read, so no tag decides whose they are. The role needs tag:GetResources.",
        )
    ]


def test_tags_that_were_read_are_not_spoken_of(tmp_path: Path) -> None:
    assert [told[0] for told in _told(tmp_path, scan(1, START, [verdict("a")]))] == [OK]


@pytest.mark.parametrize("permission", ["s3:GetBucketPolicy", ""])
def test_what_could_not_be_checked_is_told_with_its_mend(tmp_path: Path, permission: str) -> None:
    gap = Coverage(
        "s3.public", SCOPE, CoverageStatus.DENIED, "refused: policy", missing_permission=permission
    )
    warned = [text for level, _subject, text in _told(tmp_path, scan(1, START, [], [gap])) if level == WARN]
    assert (
        len(warned) == 1
        and (f"The role lacks {permission}" if permission else "refused: policy") in warned[0]
    )
