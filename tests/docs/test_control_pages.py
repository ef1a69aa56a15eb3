"""The pages of the controls say what the YAML says, and are made the same each time."""

import re
from dataclasses import replace
from pathlib import Path

from bot.cli.controls import documentation, write_pages
from scanners.controls import load_controls
from scanners.controls.pages import make_pages

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "controls"
MEND = "Run `patrol controls docs` in the repository and commit what it writes."


def test_the_committed_pages_are_those_that_the_controls_make() -> None:
    made = documentation(load_controls())
    there = {page.name: page.read_text(encoding="utf-8") for page in COMMITTED.glob("*.md")}
    assert sorted(there) == sorted(made), MEND
    stale = [name for name, text in made.items() if there[name] != text]
    assert not stale, f"{', '.join(stale)}: {MEND}"


def test_the_order_of_the_controls_changes_no_page() -> None:
    controls = load_controls(("cloudtrail.*", "s3.*", "monitoring.vpc_changes"))
    assert documentation(controls) == documentation(tuple(reversed(controls)))


def test_a_page_says_what_why_how_and_what_it_needs() -> None:
    page = documentation(load_controls(("cloudtrail.kms",)))["cloudtrail.kms.md"]
    for text in (
        "# Trails must encrypt their log files", "## Why", "resource.kms_key != null", "aws cloudtrail update-trail",
        "`cloudtrail:DescribeTrails`", "cis-5.0", "can't be judged, which is said",
    ):  # fmt: skip
        assert text in page
    assert not re.search(r"\{\{|\{%", page)


def test_what_a_title_holds_can_not_break_out_of_a_table() -> None:
    (control,) = load_controls(("cloudtrail.kms",))
    hostile = replace(control, title="a | b <script> `c` [d](e)")
    index = make_pages((hostile,), {}, {}, ())["README.md"]
    row = next(line for line in index.splitlines() if "cloudtrail.kms" in line)
    assert row.count(" | ") == 3 and "<script>" not in row and "[d](e)" not in row


def test_pages_of_controls_that_are_gone_are_taken_away_and_others_left(tmp_path: Path) -> None:
    pages = {name: (COMMITTED / name).read_text(encoding="utf-8") for name in ("README.md", "s3.public.md")}
    (tmp_path / "gone.control.md").write_text(pages["s3.public.md"], encoding="utf-8")
    (tmp_path / "notes.md").write_text("mine", encoding="utf-8")
    write_pages(tmp_path, pages)
    assert sorted(page.name for page in tmp_path.iterdir()) == ["README.md", "notes.md", "s3.public.md"]
