"""Reads controls from YAML. Every mistake is one error with file, line, what is wrong, the nearest name."""

import difflib
import fnmatch
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanners.cel import compile_predicate
from scanners.controls.model import FIX_PARTS, Control, Example
from scanners.controls.yaml import Located, read_yaml
from scanners.errors import ControlError, UsageError
from scanners.model import Severity
from scanners.remediation import check_quoting

PACKAGED = Path(__file__).parent
_REQUIRED = {
    "id": str, "version": str, "title": str, "severity": str, "resource": str, "dataset": str, "pass": str,
    "why": str, "fail_text": str, "remediation": dict, "examples": list,
}  # fmt: skip
_OPTIONAL = {
    "with": list,
    "applies": str,
    "evidence": list,
    "references": list,
    "mappings": dict,
    "closes": list,
}
_EXAMPLE = {"name": str, "status": str, "resource": dict, "gaps": list, "ctx": dict}
_STATUSES = ("PASS", "FAIL", "UNKNOWN", "NONE")
Schemas = Mapping[str, Mapping[str, str]]


def control_files(folders: Sequence[Path] = ()) -> dict[str, Path]:
    """Control id -> file, by name alone (`s3/public.yaml` is `s3.public`), so that one can be read alone."""
    found: dict[str, Path] = {}
    for root in (
        *(p for p in sorted(PACKAGED.iterdir()) if p.is_dir() and p.name != "__pycache__"),
        *folders,
    ):
        for path in sorted(root.glob("*/*.yaml")):
            control = f"{path.parent.name}.{path.stem}"
            if control in found:
                raise ControlError(
                    f"{path}: the control {control} is there already, in {found[control]}. Rename one."
                )
            found[control] = path
    return found


def select(wanted: Sequence[str], folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """The ids that `wanted` names (`iam.*` works); all of them where it is empty.

    Raises UsageError with the nearest name for an unknown one.
    """
    known = list(control_files(folders))
    chosen: dict[str, None] = {}
    for name in wanted:
        hits = fnmatch.filter(known, name)
        if not hits:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(
                f"There is no control {name[:60]!r}.{hint} `patrol controls list` shows all {len(known)}."
            )
        chosen.update(dict.fromkeys(hits))
    return tuple(chosen) or tuple(known)


def load_controls(ids: Sequence[str] = (), folders: Sequence[Path] = ()) -> tuple[Control, ...]:
    """The controls of those ids (all where empty), checked and compiled; a file that has not changed is read once.

    Raises ControlError for the first mistake, UsageError for an unknown id.
    """
    files = control_files(folders)
    known = tuple(files)
    found = []
    for control in select(ids, folders):
        written = files[control].stat()
        found.append(_kept(files[control], control, known, (written.st_mtime_ns, written.st_size)))
    return tuple(found)


@lru_cache(maxsize=1024)
def _kept(path: Path, control: str, known: tuple[str, ...], _written: tuple[int, int]) -> Control:
    from scanners.aws.datasets import SCHEMAS

    return load_file(path, control, SCHEMAS, known)


def load_file(path: Path, expected_id: str, schemas: Schemas, known: Sequence[str] | None = None) -> Control:
    """One control from its file, checked against the datasets' schemas and the ids of all controls."""
    document = read_yaml(path)
    _check_keys(document, {**_REQUIRED, **_OPTIONAL}, tuple(_REQUIRED), "control")
    data = document.value
    if data["id"] != expected_id:
        raise document.error("id", f"the id is {data['id']!r}, but the file's name says {expected_id!r}")
    if data["severity"] not in list(Severity):
        raise document.error("severity", _nearest(data["severity"], [str(s) for s in Severity], "severity"))
    context = {str(name).replace(".", "_"): str(name) for name in data.get("with", [])}
    for key, names in (("dataset", [data["dataset"]]), ("with", list(context.values()))):
        for name in names:
            if name not in schemas:
                raise document.error(key, _nearest(name, list(schemas), "dataset"))
    schema = schemas[data["dataset"]]
    fields = {name: schemas[dataset] for name, dataset in context.items()}

    def predicate(key: str) -> Any:
        return compile_predicate(data[key], schema, fields, f"{path}:{document.line(key)}: {key}")

    for name in data.get("evidence", []):
        if str(name).removeprefix("ctx.").split(".")[0] not in {*schema, *fields}:
            raise document.error("evidence", _nearest(str(name), list(schema), "field of the dataset"))
    remediation = _remediation(document)
    control = Control(
        id=data["id"],
        version=data["version"],
        title=data["title"],
        severity=Severity(data["severity"]),
        resource_type=data["resource"],
        dataset=data["dataset"],
        passes=predicate("pass"),
        applies=predicate("applies") if "applies" in data else None,
        context=context,
        evidence=tuple(str(name) for name in data.get("evidence", [])),
        why=data["why"].strip(),
        fail_text=data["fail_text"].strip(),
        remediation=remediation,
        references=tuple(str(url) for url in data.get("references", [])),
        mappings={str(k): tuple(str(i) for i in v) for k, v in data.get("mappings", {}).items()},
        examples=_examples(document),
        closes=_closes(document, known if known is not None else tuple(control_files())),
        file=str(path),
    )
    check_quoting(control)
    return control


def _closes(document: Located, known: Sequence[str]) -> tuple[str, ...]:
    named = tuple(str(name) for name in document.value.get("closes", []))
    for name in named:
        if name not in known:
            raise document.error("closes", _nearest(name, known, "control"))
        if name == document.value["id"]:
            raise document.error("closes", "a control that closes itself says nothing; take it out")
    return named


def _remediation(document: Located) -> Mapping[str, str]:
    given = document.child("remediation")
    _check_keys(given, dict.fromkeys(FIX_PARTS, str), FIX_PARTS, "remediation")
    return {part: given.value[part].rstrip() for part in FIX_PARTS}


def _examples(document: Located) -> tuple[Example, ...]:
    made: list[Example] = []
    for index in range(len(document.value["examples"])):
        item = document.child("examples").child(index)
        _check_keys(item, _EXAMPLE, ("name", "status", "resource"), "example")
        if item.value["status"] not in _STATUSES:
            raise item.error("status", _nearest(item.value["status"], list(_STATUSES), "status"))
        made.append(
            Example(
                name=item.value["name"],
                status=item.value["status"],
                resource=item.value["resource"],
                context=item.value.get("ctx", {}),
                gaps=tuple(item.value.get("gaps", [])),
            )
        )
    seen = {example.status for example in made}
    if not {"PASS", "FAIL"} <= seen:
        raise document.error("examples", "a control needs at least one PASS and one FAIL example")
    return tuple(made)


def _check_keys(document: Located, known: Mapping[str, type], required: Sequence[str], what: str) -> None:
    if not isinstance(document.value, dict):
        raise document.error(None, f"a {what} is a mapping of names to values")
    for key, value in document.value.items():
        if key not in known:
            raise document.error(key, _nearest(str(key), list(known), f"key of a {what}"))
        if not isinstance(value, known[key]):
            names: dict[type, str] = {str: "text (put it in quotes)", list: "a list", dict: "a mapping"}
            raise document.error(key, f"{key} must be {names[known[key]]}, not {type(value).__name__}")
    for key in required:
        if key not in document.value:
            raise document.error(None, f"{key} is missing")


def _nearest(word: str, known: Sequence[str], what: str) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.4)
    return f"{word!r} is no {what}." + (
        f" Did you mean {near[0]}?" if near else f" Known: {', '.join(known)}."
    )
