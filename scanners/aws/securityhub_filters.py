"""Which findings a target of the kind "securityhub" asks for: "SeverityLabel=HIGH" and the like."""

from collections.abc import Mapping

from scanners.model import Json

# What [[target]] filters may name: members of GetFindings' Filters whose values are texts.
FILTERS = (
    "AwsAccountId", "ComplianceStatus", "GeneratorId", "ProductName", "RecordState", "ResourceType", "SeverityLabel",
    "WorkflowStatus",
)  # fmt: skip


def asked(filters: tuple[str, ...]) -> Mapping[str, Json]:
    """ "SeverityLabel=HIGH" and the like as GetFindings takes them; of one name any, of several all."""
    found: dict[str, list[Json]] = {}
    for one in filters:
        name, _equals, value = one.partition("=")
        found.setdefault(name, []).append({"Value": value, "Comparison": "EQUALS"})
    return found


def filter_mistake(value: str) -> str:
    """What is wrong with one filter and its mend; "" where nothing is."""
    name, _equals, wanted = value.partition("=")
    if name in FILTERS and wanted.strip() and wanted.isprintable() and len(value) <= 200:
        return ""
    return f"{value[:60]!r} is no filter. Write it like SeverityLabel=HIGH. Known: {', '.join(FILTERS)}."
