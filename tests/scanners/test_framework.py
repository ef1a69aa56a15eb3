"""CIS AWS Foundations: every requirement has a control or a reason, and no mapping leads nowhere."""

from dataclasses import replace

import pytest

from scanners.controls import load_controls
from scanners.controls.framework import FOLDER, answers, load_framework, problems
from scanners.errors import UsageError


def test_every_requirement_has_a_control_or_a_reason_and_no_mapping_leads_nowhere() -> None:
    """Each line of a failure names the file, the line and what to write there."""
    found = [
        text
        for path in FOLDER.glob("*.yaml")
        for text in problems(load_framework(path.stem), load_controls())
    ]
    assert not found, "\n" + "\n".join(found)


def test_the_benchmark_is_whole() -> None:
    """Counts of CIS AWS Foundations 5.0.0, by section."""
    framework = load_framework("cis-5.0")
    sections = [requirement.number.split(".")[0] for requirement in framework.requirements]
    assert {section: sections.count(section) for section in sections} == {
        "1": 21,
        "2": 9,
        "3": 9,
        "4": 16,
        "5": 8,
    }
    assert sum(requirement.automated for requirement in framework.requirements) == 35
    assert len({requirement.number for requirement in framework.requirements}) == 63


def test_what_does_not_fit_is_told_with_its_mend() -> None:
    framework = load_framework("cis-5.0")
    (control,) = load_controls(("cloudtrail.kms",))
    told = problems(framework, (replace(control, mappings={"cis-5.0": ("3.50",)}),))
    assert any("kms.yaml: cis-5.0 has no requirement 3.50. Did you mean 3.5?" in text for text in told)
    assert any("no control is mapped to 3.5 " in text and '{cis-5.0: ["3.5"]}' in text for text in told)
    reasoned = [replace(r, reason="because") if r.number == "3.5" else r for r in framework.requirements]
    told = problems(replace(framework, requirements=tuple(reasoned)), (control,))
    line = next(r.line for r in framework.requirements if r.number == "3.5")
    assert f"{framework.file}:{line}: take out the reason of 3.5: cloudtrail.kms answers it now." in told


def test_answers_name_every_control_in_order() -> None:
    found = answers(load_framework("cis-5.0"), load_controls(("ec2.sg_*", "cloudtrail.kms")))
    assert found["3.5"] == ("cloudtrail.kms",) and found["1.1"] == ()
    assert found["5.3"] == tuple(sorted(found["5.3"])) and len(found["5.3"]) == 3


def test_an_unknown_framework_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Did you mean cis-5\.0"):
        load_framework("cis-5")
