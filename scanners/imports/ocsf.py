"""OCSF findings (schema.ocsf.io): Compliance Finding 2003 and Detection Finding 2004, as Prowler and others write them.

An array, one object, or one object a line. What differs between tools is read in the order in which it is most precise:
Prowler says the verdict in `status_code`, the standard in `compliance.status_id`.
"""

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

CLASSES = (2003, 2004)
_SEVERITIES = {
    1: Severity.LOW, 2: Severity.LOW, 3: Severity.MEDIUM, 4: Severity.HIGH, 5: Severity.CRITICAL, 6: Severity.CRITICAL,
}  # fmt: skip
_CODES = {"pass": Status.PASS, "passed": Status.PASS, "fail": Status.FAIL, "failed": Status.FAIL}
_BY_NUMBER = {1: Status.PASS, 3: Status.FAIL}
_SUPPRESSED, _RESOLVED = 3, 4


def parse(data: bytes) -> Parsed:
    """Every finding that can be read, one result a resource. Never raises."""
    gathering = Gathering()
    reader = Reader(text_of(data, gathering), ((),), gathering)
    results: list[Result] = []
    spoke: dict[tuple[str, str], Spoke] = {}
    for value in reader.values():
        for item in value if isinstance(value, list) else [Item(reader.line, value)]:
            try:
                found = _results(item)
            except Unreadable as why:
                gathering.refuse(item.line, str(why))
                continue
            results += found
            version = text(table(table(table(item.value).get("metadata")).get("product")).get("version"), 60)
            for one in found:
                spoke.setdefault((one.tool, one.place), Spoke(one.tool, version, one.place))
    return gathering.parsed("ocsf", results, spoke.values())


def _results(item: Item) -> list[Result]:
    event = table(item.value)
    if not event:
        raise Unreadable("it is no object")
    if event.get("class_uid") not in CLASSES:
        raise Unreadable(
            f"its class_uid is {str(event.get('class_uid'))[:20]}; findings of 2003 and 2004 are read"
        )
    metadata, info = table(event.get("metadata")), table(event.get("finding_info"))
    product = table(metadata.get("product"))
    tool = tool_name(first(product.get("name"), product.get("uid"), product.get("vendor_name"), most=200))
    if not tool:
        raise Unreadable("metadata.product names no tool")
    status, reason, muted = _status(event)
    fix = table(event.get("remediation"))
    told = [text(one, 500) for one in items(fix.get("references"))]
    commands = [one for one in told if one and not links(one)]
    title = first(info.get("title"), event.get("message"), most=LONGEST_TITLE)
    rule = _rule(event, metadata, info)
    return [
        Result(
            tool=tool, rule=rule, title=title or rule, status=status, severity=_severity(event),
            resource=thing, place=_place(event, thing), locus=_locus(thing), at=_at(event, info),
            said=first(event.get("status_detail"), event.get("message"), info.get("desc")),
            why=first(event.get("risk_details"), info.get("desc")),
            fix="\n".join(filter(None, (text(fix.get("desc")), *commands))),
            links=links(*told, table(event.get("unmapped")).get("related_url"), info.get("src_url")),
            reason=reason, muted=muted, exploited=table(event.get("unmapped")).get("known_exploited") is True,
        )
        for thing in _resources(event)
    ]  # fmt: skip


def _rule(event: Table, metadata: Table, info: Table) -> str:
    """The check's own name. `finding_info.uid` is that of one finding, and so no check's."""
    control = table(event.get("compliance")).get("control")
    analytic = table(info.get("analytic"))
    known = (
        metadata.get("event_code"),
        control,
        analytic.get("uid"),
        analytic.get("name"),
        info.get("title"),
    )
    return name(first(*known, most=LONGEST_TITLE), "check")


def _status(event: Table) -> tuple[Status, str, bool]:
    """The verdict, why there is none, and whether the tool was told not to report it."""
    if event.get("status_id") == _SUPPRESSED or text(event.get("status"), 40).lower() in (
        "suppressed",
        "muted",
    ):
        return Status.UNKNOWN, "it is muted in the tool, which is no fix", True
    said = text(event.get("status_code"), 40)
    compliance = table(event.get("compliance"))
    status = _CODES.get(said.lower()) or _BY_NUMBER.get(_whole(compliance.get("status_id")))
    status = status or _CODES.get(text(compliance.get("status"), 40).lower())
    if status:
        return status, "", False
    if said or compliance.get("status_id") is not None or compliance.get("status"):
        word = said or text(compliance.get("status"), 40) or str(compliance.get("status_id"))[:20]
        return Status.UNKNOWN, f"the tool itself did not decide ({word.lower()})", False
    if event.get("status_id") == _RESOLVED or text(event.get("status"), 40).lower() == "resolved":
        return Status.PASS, "", False
    return Status.FAIL, "", False  # a detection is reported because it is there


def _whole(value: Json) -> int:
    found = number(value)
    return int(found) if found is not None else -1


def _severity(event: Table) -> Severity:
    known = _SEVERITIES.get(_whole(event.get("severity_id")))
    return known or severity_word(event.get("severity")) or Severity.UNKNOWN


def _resources(event: Table) -> list[Resource]:
    listed = [table(one) for one in items(event.get("resources"))] or [table(event.get("resource"))]
    return [_resource(one, event) for one in listed if one] or [_account(event)]


def _resource(one: Table, event: Table) -> Resource:
    metadata = table(table(one.get("data")).get("metadata"))
    uid = text(one.get("uid"), 1 << 16)
    told = metadata.get("arn") or metadata.get("Arn")
    arn = uid if uid.startswith("arn:") or not str(told).startswith("arn:") else text(told, 1 << 16)
    known = text(one.get("name"), 1 << 16) or arn
    region = first(one.get("region"), table(event.get("cloud")).get("region"), most=60)
    return Resource(
        type=first(one.get("type"), most=100) or "resource",
        arn=name(arn or known, "resource"),
        id=name(known, "resource"),
        region="" if region in ("global", "aws-global") else region,
        tags=tags(one.get("tags") or one.get("labels")),
    )


def _account(event: Table) -> Resource:
    """A finding without a resource is the account's."""
    account = text(table(table(event.get("cloud")).get("account")).get("uid"), 200)
    if not account:
        raise Unreadable("it names no resource and no account")
    return Resource(
        "account", f"account:{account}", account, text(table(event.get("cloud")).get("region"), 60)
    )


def _locus(thing: Resource) -> str:
    """One ARN may carry several things that fail alike (a policy in it): the tool's name of it tells them apart."""
    return "" if thing.id in thing.arn else thing.id


def _place(event: Table, thing: Resource) -> str:
    cloud = table(event.get("cloud"))
    account = text(table(cloud.get("account")).get("uid"), 200)
    if not account:
        return ""
    provider = tool_name(text(cloud.get("provider"), 40)) or "cloud"
    return f"{provider}/{account}/{thing.region or 'global'}"


def _at(event: Table, info: Table) -> datetime | None:
    known = (event.get("time"), event.get("time_dt"), info.get("last_seen_time"), info.get("created_time"))
    return next((found for value in known if (found := moment(value))), None)
