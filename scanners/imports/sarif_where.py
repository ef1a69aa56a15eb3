"""Where a SARIF result is: its file, its run's repository, and what tells it from its neighbours."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from scanners.imports.fields import first, items, name, table, text
from scanners.imports.model import Table, Unreadable
from scanners.model import Json, Resource

FILE = "file"
_DIGITS = re.compile(r"\d+")
_BLANKS = re.compile(r"\s+")
# Semgrep without an account writes this in place of a fingerprint and of the code, the same for every result.
_PLACEHOLDERS = {"requires login"}
_SHORTEST_FINGERPRINT = 8


@dataclass
class Seen:
    """What a run has reported so far, so that results which only their lines tell apart are numbered."""

    exact: set[tuple[str, ...]] = field(default_factory=set)
    alike: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def locus(self, rule: str, path: str, result: Table, said: str) -> str | None:
        """What tells the result from others of its rule in its file; None where it is the same as one before."""
        mark = fingerprint(result) or _digest(_quoted(result) or _DIGITS.sub("#", said))
        exact = (rule, path, mark, str(_region(result))[:400])
        if exact in self.exact:
            return None
        self.exact.add(exact)
        self.alike[rule, path, mark] += 1
        nth = self.alike[rule, path, mark]
        return mark if nth == 1 else f"{mark}#{nth}"


def fingerprint(result: Table) -> str:
    """The tool's own mark of the result, in few letters; "" where it gives none that is worth the name."""
    for key in ("fingerprints", "partialFingerprints"):
        told = {
            str(version)[:100]: value.strip()
            for version, value in table(result.get(key)).items()
            if isinstance(value, str) and len(value.strip()) >= _SHORTEST_FINGERPRINT
        }
        real = sorted(f"{version}={value}" for version, value in told.items() if value not in _PLACEHOLDERS)
        if real:
            return _digest("\n".join(real))
    return ""


def where(result: Table, run: Table) -> Resource:
    """The file (its path is both name and identity), else the part of the program that is named. Raises Unreadable."""
    location = table(next(iter(items(result.get("locations"))), None))
    artifact = table(table(location.get("physicalLocation")).get("artifactLocation"))
    uri = text(artifact.get("uri"), 1 << 16) or _indexed(artifact.get("index"), run)
    if uri:
        path = name(_path(uri, run), "file")
        return Resource(FILE, path, path)
    for logical in map(table, items(location.get("logicalLocations"))):
        told = first(logical.get("fullyQualifiedName"), logical.get("name"), most=1 << 16)
        if told:
            known = name(told, "place")
            return Resource(text(logical.get("kind"), 60) or "code", known, known)
    raise Unreadable("it has no location")


def line_of(result: Table) -> int:
    """The line on which it begins, 0 where none is told."""
    line = _region(result).get("startLine")
    return line if isinstance(line, int) and not isinstance(line, bool) and 0 < line < 1 << 31 else 0


def place_of(run: Table) -> str:
    """The repository and the category of the run, as far as it tells: "github.com/acme/shop/nightly".

    A run's automation id is "category/run": what stands behind the last slash is of one run alone. A folder on the
    machine that ran the tool is no place: in every pipeline it is the same.
    """
    known = [table(one).get("repositoryUri") for one in items(run.get("versionControlProvenance"))]
    bases = [table(one).get("uri") for one in table(run.get("originalUriBaseIds")).values()]
    repository = next((found for value in (*known, *bases) if (found := _repository(value))), "")
    category = text(table(run.get("automationDetails")).get("id"), 300).rpartition("/")[0]
    return "/".join(part.strip("/") for part in (repository, category) if part.strip("/"))


def _repository(value: Json) -> str:
    uri = text(value, 500)
    if uri.startswith("git@"):
        uri = "ssh://" + uri.replace(":", "/", 1)
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("https", "http", "ssh", "git") or not host:
        return ""
    return f"{host}{parts.path.rstrip('/').removesuffix('.git')}"


def _path(uri: str, run: Table) -> str:
    """The path in its repository, as far as the run tells where that begins."""
    for base in table(run.get("originalUriBaseIds")).values():
        root = text(table(base).get("uri"), 1 << 16)
        if root.strip("/") and uri.startswith(root):
            uri = uri[len(root) :]
            break
    plain = unquote(uri.removeprefix("file://"))
    return plain.removeprefix("./") or uri


def _indexed(index: Json, run: Table) -> str:
    artifacts = items(run.get("artifacts"))
    if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(artifacts):
        return text(table(table(artifacts[index]).get("location")).get("uri"), 1 << 16)
    return ""


def _region(result: Table) -> Table:
    location = table(next(iter(items(result.get("locations"))), None))
    return table(table(location.get("physicalLocation")).get("region"))


def _quoted(result: Table) -> str:
    """The code that the result quotes, whatever its blanks."""
    code = text(table(_region(result).get("snippet")).get("text"))
    return "" if code in _PLACEHOLDERS else _BLANKS.sub(" ", code)


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "backslashreplace")).hexdigest()[:16]
