"""Databases, their clusters and snapshots, good and bad, as moto's server sends them."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.model import CoverageStatus, Scan, Status
from tests.scanners.aws.front import DENIED, GONE, HIDDEN, Front
from tests.scanners.aws.looking import look, told

REGION = "eu-central-1"
LOGIN = {"MasterUsername": "acme", "MasterUserPassword": "only-in-the-sandbox"}
MINE = (
    "rds.backup", "rds.minor_upgrade", "rds.multi_az", "rds.deletion_protection", "rds.snapshot_public",
    "rds.snapshot_encrypted",
)  # fmt: skip


@pytest.fixture(scope="module")
def rds(account: SandboxAws) -> Any:
    """Databases of every kind in a region of their own."""
    rds = account.client("rds", REGION)
    good = {"MultiAZ": True, "DeletionProtection": True, "StorageEncrypted": True, "BackupRetentionPeriod": 7}
    bad = {"MultiAZ": False, "AutoMinorVersionUpgrade": False, "BackupRetentionPeriod": 0}
    for name, settings in (("good", good), ("bad", bad), ("asked-for-nothing", {})):
        _instance(rds, name, "postgres", AllocatedStorage=20, **LOGIN, **settings)
        rds.create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier=f"{name}-snap")
    rds.create_db_instance_read_replica(DBInstanceIdentifier="copy-of-bad", SourceDBInstanceIdentifier="bad")
    for name, protected in (("wide", True), ("narrow", False)):
        rds.create_db_cluster(
            DBClusterIdentifier=name, Engine="aurora-mysql", DeletionProtection=protected,
            StorageEncrypted=protected, **LOGIN,
        )  # fmt: skip
        for zone in "ab" if protected else "aa":
            number = len(
                rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]["DBClusterMembers"]
            )
            member = {"DBClusterIdentifier": name, "AvailabilityZone": f"{REGION}{zone}"}
            _instance(rds, f"{name}-{number}", "aurora-mysql", **member)
        rds.create_db_cluster_snapshot(DBClusterIdentifier=name, DBClusterSnapshotIdentifier=f"{name}-snap")
    share = {"AttributeName": "restore", "ValuesToAdd": ["all"]}
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="bad-snap", **share)
    rds.modify_db_cluster_snapshot_attribute(DBClusterSnapshotIdentifier="narrow-snap", **share)
    one = {"AttributeName": "restore", "ValuesToAdd": ["210987654321"]}
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="good-snap", **one)
    return rds


def _instance(rds: Any, name: str, engine: str, **settings: Any) -> None:
    rds.create_db_instance(
        DBInstanceIdentifier=name, Engine=engine, DBInstanceClass="db.r6g.large", **settings
    )


@pytest.fixture(scope="module")
def scan(front: Front, rds: Any) -> Iterator[Scan]:
    """All of the controls on all of it, asked of a quiet network."""
    front.seen.clear()
    yield look(REGION, *MINE)


def test_an_instance_is_judged_by_its_own_settings(scan: Scan) -> None:
    names = ("good", "bad", "asked-for-nothing")
    expected = {
        "rds.backup": ["PASS", "FAIL", "PASS"],
        "rds.minor_upgrade": ["PASS", "FAIL", "PASS"],
        "rds.multi_az": ["PASS", "FAIL", "FAIL"],
        "rds.deletion_protection": ["PASS", "FAIL", "FAIL"],
    }
    for control, statuses in expected.items():
        assert [told(scan, control)[name] for name in names] == statuses, control


def test_an_instance_of_a_cluster_has_what_its_cluster_has(scan: Scan) -> None:
    for control in ("rds.multi_az", "rds.deletion_protection"):
        said = told(scan, control)
        assert [said[f"{name}-{n}"] for name in ("wide", "narrow") for n in (0, 1)] == [
            "PASS", "PASS", "FAIL", "FAIL",
        ], control  # fmt: skip


def test_a_replica_needs_no_backups_of_its_own(scan: Scan) -> None:
    assert "copy-of-bad" not in told(scan, "rds.backup")
    assert told(scan, "rds.multi_az")["copy-of-bad"] == "FAIL"


def test_a_snapshot_is_public_where_all_may_restore_it_and_not_where_one_account_may(scan: Scan) -> None:
    said = told(scan, "rds.snapshot_public")
    names = ("good-snap", "bad-snap", "asked-for-nothing-snap", "wide-snap", "narrow-snap")
    assert [said[name] for name in names] == ["PASS", "FAIL", "PASS", "PASS", "FAIL"]


def test_snapshots_of_both_kinds_are_encrypted_or_not(scan: Scan) -> None:
    said = told(scan, "rds.snapshot_encrypted")
    names = ("good-snap", "bad-snap", "wide-snap", "narrow-snap")
    assert [said[name] for name in names] == ["PASS", "FAIL", "PASS", "FAIL"]


def test_lists_are_asked_for_once_and_only_snapshots_that_can_be_shared_one_by_one(
    front: Front, scan: Scan
) -> None:
    asked = {name.split(":")[1]: front.seen.count(name) for name in front.seen if name.startswith("rds:")}
    assert asked == {
        "DescribeDBInstances": 1, "DescribeDBClusters": 1, "DescribeDBSnapshots": 1,
        "DescribeDBClusterSnapshots": 1, "DescribeDBSnapshotAttributes": 3,
        "DescribeDBClusterSnapshotAttributes": 2,
    }  # fmt: skip
    automated = {name for name in told(scan, "rds.snapshot_public") if name.startswith("rds:")}
    assert len(automated) == 2  # RDS makes one of each new cluster


def test_clusters_are_not_read_for_controls_that_do_not_need_them(front: Front, scan: Scan) -> None:
    front.seen.clear()
    look(REGION, "rds.encrypted", "rds.backup")
    assert "rds:DescribeDBClusters" not in front.seen


@pytest.mark.parametrize(
    ("control", "kind", "name", "calls"),
    [
        ("rds.multi_az", "db", "narrow-0", 2),
        ("rds.multi_az", "db", "bad", 1),
        ("rds.snapshot_public", "snapshot", "bad-snap", 2),
        ("rds.snapshot_public", "cluster-snapshot", "narrow-snap", 2),
        ("rds.snapshot_encrypted", "snapshot", "bad-snap", 1),
    ],
)
def test_a_targeted_check_reads_one_and_one_that_is_gone_is_no_error(
    front: Front, scan: Scan, control: str, kind: str, name: str, calls: int
) -> None:
    front.seen.clear()
    arn = f"arn:aws:rds:{REGION}:123456789012:{kind}:{name}"
    assert told(look(REGION, control, only=arn), control) == {name: "FAIL"}
    assert len([call for call in front.seen if call.startswith("rds:")]) == calls
    gone = look(REGION, control, only=arn.replace(name, "nowhere"))
    assert gone.verdicts == ()
    assert {cover.status for cover in gone.coverage} == {CoverageStatus.COMPLETE}


@pytest.mark.parametrize(
    ("operation", "member", "control"),
    [
        ("rds:DescribeDBInstances", "BackupRetentionPeriod", "rds.backup"),
        ("rds:DescribeDBInstances", "AutoMinorVersionUpgrade", "rds.minor_upgrade"),
        ("rds:DescribeDBInstances", "MultiAZ", "rds.multi_az"),
        ("rds:DescribeDBClusters", "MultiAZ", "rds.multi_az"),
        ("rds:DescribeDBClusters", "DBClusters", "rds.deletion_protection"),
        ("rds:DescribeDBSnapshots", "Encrypted", "rds.snapshot_encrypted"),
        ("rds:DescribeDBSnapshotAttributes", "AttributeValues", "rds.snapshot_public"),
        ("rds:DescribeDBSnapshotAttributes", "restore", "rds.snapshot_public"),
        ("rds:DescribeDBSnapshotAttributes", "bad-snap", "rds.snapshot_public"),  # an answer about another
        ("rds:DescribeDBSnapshots", "DBSnapshots", "rds.snapshot_public"),
    ],
)
def test_an_answer_that_lacks_what_rds_always_sends_is_no_verdict(
    front: Front, scan: Scan, operation: str, member: str, control: str
) -> None:
    before = told(scan, control)
    with front.failing(operation, HIDDEN + member):
        broken = look(REGION, control)
    after = told(broken, control)
    changed = {name for name, status in before.items() if after.get(name) != status}
    assert changed
    assert {after[name] for name in changed if name in after} <= {"UNKNOWN"}
    assert {cover.status for cover in broken.coverage} != {CoverageStatus.COMPLETE}


@pytest.mark.parametrize(
    ("operation", "control"),
    [
        ("DescribeDBClusters", "rds.multi_az"),
        ("DescribeDBSnapshotAttributes", "rds.snapshot_public"),
        ("DescribeDBClusterSnapshots", "rds.snapshot_encrypted"),
    ],
)
def test_what_is_refused_is_unknown_and_the_permission_is_named(
    front: Front, scan: Scan, operation: str, control: str
) -> None:
    with front.failing(f"rds:{operation}", DENIED):
        refused = look(REGION, control)
    unknown = [v for v in refused.verdicts if v.status is Status.UNKNOWN]
    assert {v.missing_permission for v in unknown} == {f"rds:{operation}"}
    sure = {k: v for k, v in told(refused, control).items() if v != "UNKNOWN"}
    assert sure.items() <= told(scan, control).items()


def test_a_snapshot_that_is_deleted_while_we_look_is_gone(front: Front, scan: Scan) -> None:
    with front.failing("rds:DescribeDBSnapshotAttributes", GONE + "DBSnapshotNotFound"):
        during = look(REGION, "rds.snapshot_public")
    assert "bad-snap" not in told(during, "rds.snapshot_public")
    assert {cover.status for cover in during.coverage} == {CoverageStatus.COMPLETE}
