"""The shown commands for EC2 and RDS, and the words of every fix."""

import re
import subprocess
from dataclasses import replace

import pytest

from scanners.controls import load_controls
from scanners.model import Remediation, Status
from tests.bot.sandbox.aws.net_company import NET
from tests.bot.sandbox.aws.proof import NO_FIX, SHAPES, Company, needs_the_cli, prove, scanned

HERE = ("ec2", "rds")
# What is in NET is proved in test_fixes_net.py, on an account where more is wrong.
CONTROLS = [c.id for c in load_controls() if c.id not in {*NO_FIX, *NET} and c.id.split(".")[0] in HERE]


@needs_the_cli
@pytest.mark.parametrize("control", CONTROLS)
def test_the_shown_command_and_its_undo_do_what_they_say(company: Company, control: str) -> None:
    prove(company, control)


@needs_the_cli
@pytest.mark.parametrize(("control", "name"), [s for s in SHAPES if s[0].split(".")[0] in HERE])
def test_the_same_holds_for_the_control_in_another_shape(company: Company, control: str, name: str) -> None:
    prove(company, control, name)


@needs_the_cli
def test_an_encrypted_copy_keeps_the_network_and_the_owner_of_the_plain_one(company: Company) -> None:
    rds, ec2 = (company.aws.client(service, "us-east-1") for service in ("rds", "ec2"))
    network = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    places = [
        ec2.create_subnet(VpcId=network, CidrBlock=f"10.30.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")
        for n, zone in enumerate("ab")
    ]
    rds.create_db_subnet_group(
        DBSubnetGroupName="private",
        DBSubnetGroupDescription="x",
        SubnetIds=[p["Subnet"]["SubnetId"] for p in places],
    )
    group = ec2.create_security_group(GroupName="ledger", Description="x", VpcId=network)["GroupId"]
    rds.create_db_instance(
        DBInstanceIdentifier="payouts", Engine="postgres", DBInstanceClass="db.m6g.large", AllocatedStorage=20,
        MasterUsername="acme", MasterUserPassword="only-in-the-sandbox",
        DBSubnetGroupName="private", VpcSecurityGroupIds=[group], Tags=[{"Key": "team", "Value": "payments"}],
    )  # fmt: skip
    fresh = replace(company, scan=scanned("rds.encrypted"))
    prove(fresh, "rds.encrypted", "payouts")
    made = rds.describe_db_instances(DBInstanceIdentifier="payouts")["DBInstances"][0]
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == "private"
    assert [g["VpcSecurityGroupId"] for g in made["VpcSecurityGroups"]] == [group]
    assert (made["DBInstanceClass"], made.get("PubliclyAccessible", False)) == ("db.m6g.large", False)
    assert {"Key": "team", "Value": "payments"} in made["TagList"]


def test_the_company_is_shown_many_fixes(company: Company) -> None:
    assert len(_fixes(company)) >= 40


def test_every_command_is_whole_bash_and_holds_no_placeholder(company: Company) -> None:
    for control, fix in _fixes(company):
        for text in (fix.cli, fix.undo):
            done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
            assert done.returncode == 0, (control, done.stderr)
            # Pasted by a person, `!` inside double quotes would call up an older command; `date -d` is GNU's alone.
            assert not re.search(r'"[^"\n\']*!', text) and "date -" not in text, control
        shown = " ".join((fix.cli, fix.undo, fix.terraform, fix.console, fix.effort))
        assert not re.search(r"<[a-z-]+>|YOUR[_-]|\bTO[D]O\b|\bNone\b|undefined", shown), control


def test_every_terraform_block_is_balanced_and_quoted(company: Company) -> None:
    for control, fix in _fixes(company):
        code = "\n".join(line for line in fix.terraform.splitlines() if not line.lstrip().startswith("#"))
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', code)
        for opening, closing in ("{}", "[]", "()"):
            assert bare.count(opening) == bare.count(closing), control
        assert '"' not in bare.replace('""', ""), control
        for line in bare.splitlines():
            assert re.fullmatch(r'\s*([a-z]\w*( "")* \{|\}|[a-z]\w*\s+= .+|)', line), (control, line)


def _fixes(company: Company) -> list[tuple[str, Remediation]]:
    failing = [v for v in company.scan.verdicts if v.status is Status.FAIL]
    found = [(v.control, v.remediation) for v in failing if v.remediation]
    assert len(found) == len(failing) >= 20
    return found
