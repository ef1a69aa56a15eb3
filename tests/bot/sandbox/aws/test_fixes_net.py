"""The shown commands for networks, databases, load balancers and clusters, pasted as they stand."""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping

import pytest

from bot.sandbox.aws import apply_fix
from scanners.controls import load_controls
from scanners.model import Scan, Status, Verdict
from tests.bot.sandbox.aws.net_company import FAILING, NET, build
from tests.bot.sandbox.aws.proof import GONE, NO_UNDO, Company, needs_the_cli, opened, scanned

# What moto can't carry out, and why. Empty: all of them can be proved.
NOT_HERE: dict[str, str] = {}
SERVICES = ("ec2", "vpc", "rds", "elbv2", "eks")
PROVED_ON_THE_COMPANY = {
    "ec2.sg_ssh_world", "ec2.sg_rdp_world", "ec2.sg_all_world", "ec2.sg_default_closed", "ec2.imdsv2",
    "ec2.ebs_default_encryption", "ec2.ebs_volume_encrypted", "ec2.snapshot_public", "rds.public",
    "rds.encrypted",
}  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """An account of its own; a scan of what these files are about."""
    with opened(build, tmp_path_factory.mktemp("cli")) as made:
        yield made


def test_every_control_of_these_services_is_proved_somewhere() -> None:
    all_of_them = {c.id for c in load_controls() if c.id.split(".")[0] in SERVICES}
    print(f"{len(all_of_them)} controls; moto can't carry out: {NOT_HERE or 'none'}")
    assert all_of_them == NET | PROVED_ON_THE_COMPANY | set(NOT_HERE)


def _chosen(scan: Scan) -> dict[tuple[str, str], Verdict]:
    """(control, name) -> its failing verdict. The name is the id or the tag Name."""
    failing = [v for v in scan.verdicts if v.status is Status.FAIL]
    names = [(v.control, name, v) for v in failing for name in (v.resource.id, v.resource.tags.get("Name"))]
    return {(control, name): v for control, name, v in names if name and (control, name) in FAILING}


def _statuses(wanted: Iterable[Verdict]) -> dict[tuple[str, str], Status]:
    """What one new scan of all of it says of each; what is gone is missing."""
    keys = {(v.control, v.resource.arn) for v in wanted}
    found = scanned().verdicts
    return {(v.control, v.resource.arn): v.status for v in found if (v.control, v.resource.arn) in keys}


def _paste(company: Company, texts: Mapping[tuple[str, str], str]) -> None:
    for which, text in texts.items():
        applied = apply_fix(text, company.environment())
        assert applied.returncode == 0, f"{which}\n{text}\n{applied.output}"


@needs_the_cli
def test_each_shown_command_makes_its_control_pass_and_its_undo_makes_it_fail_again(company: Company) -> None:
    """All are pasted before one new scan, and so are the undos: a targeted check of each would cost a minute."""
    chosen = _chosen(company.scan)
    assert set(chosen) == set(FAILING)
    fixes = {which: v.remediation for which, v in chosen.items() if v.remediation}
    assert set(fixes) == set(FAILING)
    _paste(company, {which: fix.cli for which, fix in fixes.items()})
    after = _statuses(chosen.values())
    for (control, name), v in chosen.items():
        expected = None if control in GONE else Status.PASS
        assert after.get((control, v.resource.arn)) is expected, f"{control} {name} after its fix"
    _paste(company, {which: fix.undo for which, fix in fixes.items()})
    back = _statuses(chosen.values())
    for (control, name), v in chosen.items():
        if control not in NO_UNDO:
            assert back[(control, v.resource.arn)] is Status.FAIL, f"{control} {name} after its undo"


def test_every_command_is_whole_bash_and_every_terraform_block_is_balanced(company: Company) -> None:
    fixes = [
        (v.control, v.remediation)
        for v in company.scan.verdicts
        if v.control in NET and v.status is Status.FAIL and v.remediation
    ]
    assert {control for control, _fix in fixes} == NET
    text = "\n".join(part for _control, fix in fixes for part in (fix.cli, fix.undo))
    done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for control, fix in fixes:
        shown = " ".join((fix.cli, fix.undo, fix.terraform, fix.console, fix.effort))
        assert not re.search(r"<[a-z-]+>|YOUR[_-]|\bTO[D]O\b|\bNone\b|undefined", shown), control
        code = "\n".join(line for line in fix.terraform.splitlines() if not line.lstrip().startswith("#"))
        for opening, closing in ("{}", "[]", "()"):
            assert code.count(opening) == code.count(closing), control
