"""AWS Security Finding Format: Security Hub's own findings and those that other products send there.

{"Findings": [...]}, a bare array, one finding, or one a line. Source of the members and their meaning: the Security Hub
user guide, "AWS Security Finding Format (ASFF)".
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from scanners.imports.fields import (
    LONGEST_TITLE,
    first,
    items,
    links,
    moment,
    name,
    number,
    severity_word,
    table,
    tags,
    text,
)
from scanners.imports.model import Gathering, Parsed, Result, Spoke, Table, Unreadable, tool_name
from scanners.imports.reading import Item, Reader, text_of
from scanners.model import Json, Resource, Severity, Status

_STEPS = ((90, Severity.CRITICAL), (70, Severity.HIGH), (40, Severity.MEDIUM), (0, Severity.LOW))
_ACCOUNT = re.compile(r"\b\d{12}\b")
_RULE_OF = re.compile(r"(?:security-control|rule)/([A-Za-z0-9._-]+)\Z")
HUB = "securityhub"


def parse(data: bytes) -> Parsed:
    """Every finding that can be read, one result a resource. Never raises."""
    gathering = Gathering()
    reader = Reader(text_of(data, gathering), ((), ("Findings",)), gathering)
    found: list[Item] = []
    for value in reader.values():
        wrapped = value.get("Findings") if isinstance(value, dict) else value
        if isinstance(wrapped, list):
            found += [one if isinstance(one, Item) else Item(reader.line, one) for one in wrapped]
        elif value:
            found.append(Item(reader.line, value))
    return parse_items(found, gathering)


def parse_items(found: Iterable[Item], gathering: Gathering, tool: str = "") -> Parsed:
    """The same of findings that are read already. With `tool` that is the scanner of them all."""
    results: list[Result] = []
    spoke: dict[tuple[str, str], Spoke] = {}
    for item in found:
        try:
            read = _results(table(item.value), tool)
        except Unreadable as why:
            gathering.refuse(item.line, str(why))
            continue
        results += read
        for one in read:
            spoke.setdefault((one.tool, one.place), Spoke(one.tool, "", one.place))
    return gathering.parsed("asff", results, spoke.values())


def _results(finding: Table, wanted: str) -> list[Result]:
    if not finding or not ("ProductArn" in finding or "SchemaVersion" in finding or "GeneratorId" in finding):
        raise Unreadable("it is no ASFF finding: it has neither SchemaVersion, ProductArn nor GeneratorId")
    product = _product(finding)
    if not (wanted or product):
        raise Unreadable("it names no product")
    tool = wanted or product
    account = text(finding.get("AwsAccountId"), 60)
    if not account:
        raise Unreadable("it names no AwsAccountId")
    status, reason, muted = _status(finding)
    fix = table(table(finding.get("Remediation")).get("Recommendation"))
    rule, one_of_many = _rule(finding, product)
    title = text(finding.get("Title"), LONGEST_TITLE)
    described = text(finding.get("Description"))
    # Security Hub's own text is about the check; that of other products about what was seen.
    about = described if product == HUB and "Compliance" in finding else ""
    at = _at(finding)
    own = _digest(finding.get("Id")) if one_of_many else ""
    return [
        Result(
            tool=tool, rule=rule if product == tool else f"{product}/{rule}", title=title or rule, status=status,
            severity=_severity(finding), resource=thing, place=f"aws/{account}/{thing.region or 'global'}",
            locus=own, at=at, said=_said(finding) or ("" if about else described), why=about, fix=text(fix.get("Text")),
            links=links(fix.get("Url"), finding.get("SourceUrl")), reason=reason, muted=muted,
            exploited=_exploited(finding),
        )
        for thing in _resources(finding, account)
    ]  # fmt: skip


def _product(finding: Table) -> str:
    fields = table(finding.get("ProductFields"))
    told = first(finding.get("ProductName"), fields.get("aws/securityhub/ProductName"), most=200)
    return tool_name(told or text(finding.get("ProductArn"), 400).rpartition("/")[2])


def _rule(finding: Table, product: str) -> tuple[str, bool]:
    """The check's name, and whether one resource may have several findings of it, told apart by their Ids alone."""
    control = text(table(finding.get("Compliance")).get("SecurityControlId"), 200)
    if control:
        return control, False
    flaws = [text(table(one).get("Id"), 100) for one in items(finding.get("Vulnerabilities"))]
    if any(flaws):
        return "+".join(sorted(filter(None, flaws)))[:LONGEST_TITLE], True
    generator = text(finding.get("GeneratorId"), LONGEST_TITLE)
    found = _RULE_OF.search(generator)
    if found:
        return found[1], False
    checked = "Compliance" in finding
    if generator and not _ACCOUNT.search(generator):
        return generator.removeprefix(f"{product}-"), not checked
    # A generator with an account in it is a detector, not a check: its findings are told by their types.
    types = [text(one, 200) for one in items(finding.get("Types"))]
    return name(first(*types, finding.get("Title"), most=LONGEST_TITLE), "check"), not checked


def _status(finding: Table) -> tuple[Status, str, bool]:
    """The verdict, why there is none, and whether people told Security Hub not to report it."""
    compliance = table(finding.get("Compliance"))
    said = text(compliance.get("Status"), 40).upper()
    workflow = text(table(finding.get("Workflow")).get("Status"), 40).upper()
    if text(finding.get("RecordState"), 40).upper() == "ARCHIVED":
        return Status.PASS, "", False
    if said == "PASSED":
        return Status.PASS, "", False
    if workflow == "SUPPRESSED":
        return Status.UNKNOWN, "it is suppressed in Security Hub, which is no fix", True
    if said == "FAILED":
        return Status.FAIL, "", False
    if said:
        reasons = [text(table(one).get("ReasonCode"), 60) for one in items(compliance.get("StatusReasons"))]
        return (
            Status.UNKNOWN,
            f"the tool itself did not decide ({', '.join([said.lower(), *reasons[:2]])})",
            False,
        )
    if workflow == "RESOLVED":
        return (
            Status.UNKNOWN,
            "somebody set it to resolved in Security Hub, which is a word and no evidence",
            False,
        )
    return Status.FAIL, "", False


def _said(finding: Table) -> str:
    """What was seen, where the finding tells it apart from what the check is about."""
    flaws = [table(one) for one in items(finding.get("Vulnerabilities"))][:5]
    packages = [table(one) for flaw in flaws for one in items(flaw.get("VulnerablePackages"))][:5]
    named = [f"{text(one.get('Name'), 100)} {text(one.get('Version'), 60)}".strip() for one in packages]
    return ", ".join(filter(None, dict.fromkeys(named)))


def _severity(finding: Table) -> Severity:
    for told in (finding.get("Severity"), table(finding.get("FindingProviderFields")).get("Severity")):
        known = severity_word(table(told).get("Label"))
        if known:
            return known
    points = number(table(finding.get("Severity")).get("Normalized"))
    return next((word for least, word in _STEPS if points is not None and points >= least), Severity.UNKNOWN)


def _exploited(finding: Table) -> bool:
    return any(table(one).get("KnownExploited") is True for one in items(finding.get("Vulnerabilities")))


def _resources(finding: Table, account: str) -> list[Resource]:
    listed = [table(one) for one in items(finding.get("Resources"))]
    wide = text(finding.get("Region"), 60)
    found = [_resource(one, account, wide) for one in listed if one]
    if not found:
        raise Unreadable("it names no resource")
    return found


def _resource(one: Table, account: str, wide: str) -> Resource:
    arn = name(text(one.get("Id"), 1 << 16), "resource")
    if arn == f"AWS::::Account:{account}":  # Security Hub's spelling of the account itself
        arn = f"arn:aws:iam::{account}:root"
    region = text(one.get("Region"), 60) or wide
    shown = arn.rpartition(":")[2].rpartition("/")[2] if arn.startswith("arn:") else arn
    return Resource(
        type=text(one.get("Type"), 100) or "resource",
        arn=arn,
        id=shown or arn,
        region="" if region in ("global", "aws-global") else region,
        tags=tags(one.get("Tags")),
    )


def _at(finding: Table) -> datetime | None:
    """When the product last looked, as far as the finding tells."""
    known = map(finding.get, ("LastObservedAt", "UpdatedAt", "ProcessedAt", "CreatedAt"))
    return next((told for value in known if (told := moment(value))), None)


def _digest(value: Json) -> str:
    told = text(value, 1 << 16)
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:16] if told else ""
