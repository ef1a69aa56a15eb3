"""The shown commands for networks, databases, load balancers and clusters, pasted as they stand."""

import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.controls import load_controls
from scanners.model import Status
from tests.bot.sandbox.aws.net_company import FAILING, NET, build
from tests.bot.sandbox.aws.proof import Company, needs_the_cli, prove, scanned
from tests.bot.sandbox.aws.warm import WarmCli

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
    before = dict(os.environ)
    with SandboxAws() as aws:
        build(aws)
        os.environ.update(aws.environment())
        os.environ.pop("AWS_PROFILE", None)
        cli = WarmCli(tmp_path_factory.mktemp("cli"))
        yield Company(aws, scanned(), cli)
        cli.close()
    os.environ.clear()
    os.environ.update(before)


def test_every_control_of_these_services_is_proved_somewhere() -> None:
    all_of_them = {c.id for c in load_controls() if c.id.split(".")[0] in SERVICES}
    print(f"{len(all_of_them)} controls; moto can't carry out: {NOT_HERE or 'none'}")
    assert all_of_them == NET | PROVED_ON_THE_COMPANY | set(NOT_HERE)


@needs_the_cli
@pytest.mark.parametrize(("control", "name"), FAILING)
def test_the_shown_command_and_its_undo_do_what_they_say(company: Company, control: str, name: str) -> None:
    prove(company, control, name)


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
