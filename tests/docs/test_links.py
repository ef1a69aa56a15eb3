"""No page of the documentation points at a file or heading that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_HIDDEN = {".venv", ".git", ".pytest_cache", "node_modules", "build"}
PAGES = sorted(
    page
    for top in ROOT.iterdir()
    if top.name not in _HIDDEN  # not even looked into: an environment has ten thousand files
    for page in (top.rglob("*.md") if top.is_dir() else [top])
    if page.suffix == ".md" and not _HIDDEN & set(page.relative_to(ROOT).parts)
)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """The anchors that a Markdown page's headings make, as GitHub writes them."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    headings = re.findall(r"^#+\s+(.+?)\s*#*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> list[str]:
    """Links of `page` within the repository whose file or heading is missing."""
    dead = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        name, _, anchor = link.partition("#")
        goal = (page.parent / name).resolve() if name else page
        if not goal.exists() or (anchor and goal.suffix == ".md" and anchor not in _anchors(goal)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_a_missing_file_and_a_missing_heading_are_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One & two\n[a](b.md) [b](#one--two) [c](#three) [d](https://example.com) ![e](f.png)\n"
    )
    assert dead_links(page) == ["b.md", "#three", "f.png"]


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    pages = [page.name for page in (ROOT / "docs/decisions").glob("[0-9]*.md")]
    assert pages
    assert [name for name in pages if name not in index] == []
