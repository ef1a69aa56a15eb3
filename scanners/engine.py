"""Datasets and controls become verdicts and coverage. Pure: no network, no clock, no store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scanners.controls.model import Control
from scanners.dataset import Gap, Listing, Record
from scanners.errors import ControlError
from scanners.model import Coverage, CoverageStatus, Json, Remediation, Resource, Status, Verdict
from scanners.remediation import fail_text, render

Listings = Mapping[str, Sequence[Listing]]
# What decides a scope's coverage where several things went wrong: the one a person can mend comes first.
_WORST = (CoverageStatus.DENIED, CoverageStatus.ERROR, CoverageStatus.PARTIAL, CoverageStatus.SKIPPED)


@dataclass(frozen=True, slots=True)
class _Context:
    """The records under `ctx.` for one control and scope: values, and what could not be read of them."""

    values: Mapping[str, Mapping[str, Json]]
    gaps: Mapping[tuple[str, str], Gap]


def judge(
    controls: Sequence[Control], listings: Listings, only_resource: str = ""
) -> tuple[tuple[Verdict, ...], tuple[Coverage, ...]]:
    """Every control's word on every record of its dataset, and how completely each scope was checked.

    Nothing is silent: each control has a coverage line for each scope of its dataset, and a list that
    could not be read gives one UNKNOWN verdict for that control and scope.
    """
    verdicts: list[Verdict] = []
    coverage: list[Coverage] = []
    for control in controls:
        for listing in listings.get(control.dataset, ()):
            found = list(_judge_listing(control, listing, listings, only_resource))
            if listing.gap:
                found.append(_unlisted(control, listing.scope, listing.gap))
            verdicts += found
            cover = _cover(control, listing, found)
            coverage.append(replace(cover, as_of=listing.as_of) if listing.as_of else cover)
    return tuple(verdicts), tuple(coverage)


def account_of(scope: str) -> str:
    """The account id in "aws/<account>/<region or global>"."""
    return scope.split("/")[1]


def _judge_listing(control: Control, listing: Listing, listings: Listings, only: str) -> Iterator[Verdict]:
    context = _context(control, listing.scope, listings)
    for record in listing.records:
        if only and record.resource.arn != only:
            continue
        try:
            verdict = _judge_record(control, listing.scope, record, context)
        except ControlError as error:
            # A control that stumbles over one resource costs that verdict, never the scan.
            verdict = _stumbled(control, listing.scope, record, error)
        if verdict is not None:
            yield replace(verdict, as_of=record.as_of) if record.as_of else verdict


def _judge_record(control: Control, scope: str, record: Record, context: _Context) -> Verdict | None:
    if control.applies is not None:
        applies = control.applies.holds(record.fields, context.values)
        if applies is False:
            return None
        if applies is not True:
            return _unknown(control, scope, record, context, control.applies.resource_fields, str(applies))
    passes = control.passes.holds(record.fields, context.values)
    if not isinstance(passes, bool):
        return _unknown(control, scope, record, context, control.passes.resource_fields, passes)
    status = Status.PASS if passes else Status.FAIL
    account = account_of(scope)
    failing = status is Status.FAIL
    return Verdict(
        control=control.id,
        scope=scope,
        resource=record.resource,
        status=status,
        severity=control.severity,
        evidence=_evidence(control, record, context),
        reason=_sentence(control, record, account) if failing else "",
        remediation=_fix(control, record, account, context) if failing else None,
    )


def _sentence(control: Control, record: Record, account: str) -> str:
    return fail_text(control, record.resource, account, record.fields, lenient=bool(record.gaps))


def _stumbled(control: Control, scope: str, record: Record, error: ControlError) -> Verdict:
    reason = f"control error: {error}"
    return Verdict(control.id, scope, record.resource, Status.UNKNOWN, control.severity, reason=reason)


def _fix(control: Control, record: Record, account: str, context: _Context) -> Remediation | None:
    """The guided fix; None where it would have to name something that could not be read."""
    try:
        return render(control, record.resource, account, record.fields, context.values)
    except ControlError:
        if record.gaps or context.gaps:
            return None
        raise


def _unknown(
    control: Control, scope: str, record: Record, context: _Context, fields: frozenset[str], error: str
) -> Verdict:
    gap = next((record.gaps[name] for name in sorted(fields) if name in record.gaps), None)
    if gap is None:
        used = control.passes.context_fields | (
            control.applies.context_fields if control.applies else frozenset()
        )
        gap = next((context.gaps[key] for key in sorted(used) if key in context.gaps), None)
    return Verdict(
        control=control.id,
        scope=scope,
        resource=record.resource,
        status=Status.UNKNOWN,
        severity=control.severity,
        reason=gap.reason if gap else f"control error: {error}",
        missing_permission=gap.missing_permission if gap else "",
    )


def _unlisted(control: Control, scope: str, gap: Gap) -> Verdict:
    account = account_of(scope)
    place = scope.rsplit("/", 1)[1]
    resource = Resource(
        "aws.account", f"arn:aws:iam::{account}:root", account, "" if place == "global" else place
    )
    return Verdict(
        control=control.id,
        scope=scope,
        resource=resource,
        status=Status.UNKNOWN,
        severity=control.severity,
        reason=gap.reason,
        missing_permission=gap.missing_permission,
        locus="listing",
    )


def _cover(control: Control, listing: Listing, verdicts: Sequence[Verdict]) -> Coverage:
    if listing.gap:
        gap = listing.gap
        return Coverage(control.id, listing.scope, gap.status, gap.reason, gap.missing_permission)
    unknown = [verdict for verdict in verdicts if verdict.status is Status.UNKNOWN]
    if not unknown:
        return Coverage(control.id, listing.scope, CoverageStatus.COMPLETE)
    first = next((v for v in unknown if v.missing_permission), unknown[0])
    status = CoverageStatus.DENIED if len(unknown) == len(verdicts) and first.missing_permission else None
    reason = f"{len(unknown)} of {len(verdicts)} could not be judged: {first.reason}"
    return Coverage(
        control.id, listing.scope, status or CoverageStatus.PARTIAL, reason, first.missing_permission
    )


def _context(control: Control, scope: str, listings: Listings) -> _Context:
    values: dict[str, Mapping[str, Json]] = {}
    gaps: dict[tuple[str, str], Gap] = {}
    for name, dataset in control.context.items():
        listing = _same_place(listings.get(dataset, ()), scope)
        record = listing.records[0] if listing and listing.records else None
        values[name] = record.fields if record else {}
        whole = listing.gap if listing else Gap(CoverageStatus.SKIPPED, f"{dataset} was not collected")
        for field_name in _fields_used(control, name):
            gap = (record.gaps.get(field_name) if record else None) or (None if record else whole)
            if gap:
                gaps[name, field_name] = gap
    return _Context(values, gaps)


def _fields_used(control: Control, name: str) -> set[str]:
    used = control.passes.context_fields | (
        control.applies.context_fields if control.applies else frozenset()
    )
    return {field_name for dataset, field_name in used if dataset == name}


def _same_place(listings: Sequence[Listing], scope: str) -> Listing | None:
    """The listing of the same scope, else the account-wide one."""
    wide = scope.rsplit("/", 1)[0] + "/global"
    by_scope = {listing.scope: listing for listing in listings}
    return by_scope.get(scope) or by_scope.get(wide)


def _evidence(control: Control, record: Record, context: _Context) -> Mapping[str, Json]:
    seen: dict[str, Json] = {}
    for name in control.evidence:
        root, _, rest = name.partition(".")
        if root == "ctx":
            dataset, _, field_name = rest.partition(".")
            if field_name in context.values.get(dataset, {}):
                seen[rest] = context.values[dataset][field_name]
        elif name in record.fields:
            seen[name] = record.fields[name]
    return seen
