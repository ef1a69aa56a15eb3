"""Runs the examples that every control carries (`patrol controls test`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanners.controls.model import Control, Example
from scanners.dataset import Gap, Listing, Record
from scanners.engine import judge
from scanners.errors import ControlError
from scanners.model import CoverageStatus, Resource, Verdict
from scanners.remediation import check_quoting

SCOPE = "aws/123456789012/eu-west-1"
_GAP = Gap(CoverageStatus.DENIED, "refused in this example", "example:Permission")


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """`said` is what the control said; `error` is set where it could not be run at all."""

    control: str
    example: str
    expected: str
    said: str
    error: str = ""

    @property
    def ok(self) -> bool:
        """True where the control said what its author promised."""
        return self.said == self.expected and not self.error


def run_examples(controls: Sequence[Control]) -> list[ExampleResult]:
    """Each example's outcome; a FAIL example must also render its fix with no placeholder."""
    results: list[ExampleResult] = []
    for control in controls:
        for example in control.examples:
            results.append(_run(control, example))
    return results


def example_verdict(control: Control, example: Example) -> Verdict | None:
    """What `control` says of the example, its fix rendered; None where it does not apply. Raises ControlError."""
    resource = Resource(
        control.resource_type,
        str(example.resource.get("arn", f"arn:aws:example:eu-west-1:123456789012:{control.id}")),
        str(example.resource.get("name", "example-1")),
        "eu-west-1",
    )
    fields = {key: value for key, value in example.resource.items() if key not in example.gaps}
    listings: dict[str, list[Listing]] = {
        control.dataset: [
            Listing(control.dataset, SCOPE, (Record(resource, fields, dict.fromkeys(example.gaps, _GAP)),))
        ]
    }
    for name, dataset in control.context.items():
        values: Mapping[str, object] = example.context.get(name, {})
        gone = {key for key, value in values.items() if value == "GAP"}
        record = Record(
            resource, {k: v for k, v in values.items() if k not in gone}, dict.fromkeys(gone, _GAP)
        )
        listings[dataset] = [Listing(dataset, SCOPE, (record,))]
    verdicts, _coverage = judge([control], listings)
    return verdicts[0] if verdicts else None


def _run(control: Control, example: Example) -> ExampleResult:
    said, error = "", ""
    try:
        check_quoting(control)
        verdict = example_verdict(control, example)
        said = str(verdict.status) if verdict else "NONE"
    except ControlError as failure:
        error = str(failure)
    return ExampleResult(control.id, example.name, example.status, said, error)
