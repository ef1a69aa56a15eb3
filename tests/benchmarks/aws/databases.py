"""Databases, their replicas and clusters, and snapshots by hand and by the service."""

from typing import Any

from tests.benchmarks.aws.site import Site, deal
from tests.benchmarks.aws.truth import EITHER, NONE

_JUDGED = ("public", "encrypted", "backup", "minor_upgrade", "multi_az", "deletion_protection")


def build_databases(site: Site, count: int) -> None:
    """One in eight is a read replica, one in ten a member of a cluster."""
    chance = site.chance("databases")
    regions, engines = deal(chance, site.regions), deal(chance, ("postgres", "mysql", "postgres"))
    retention, public = deal(chance, (0, 7, 14, 1, 35, 0)), deal(chance, (True, False, None, False))
    for number in range(count):
        name, region = f"db-{number:04d}", next(regions)
        if number % 8 == 7:
            _replica(site, name, region)
            continue
        if number % 10 == 9:
            _member(site, name, region, encrypted=chance.random() < 0.5)
            continue
        state = {
            "StorageEncrypted": chance.random() < 0.5, "BackupRetentionPeriod": next(retention),
            "AutoMinorVersionUpgrade": chance.random() < 0.6, "MultiAZ": chance.random() < 0.5,
            "DeletionProtection": chance.random() < 0.5,
        }  # fmt: skip
        said = next(public)
        if said is not None:
            state["PubliclyAccessible"] = said
        made = _create(site, region, name, Engine=next(engines), **state)
        _say(site, made, state | {"PubliclyAccessible": bool(said)})


def _create(site: Site, region: str, name: str, **more: Any) -> str:
    site.made()
    rds = site.client("rds", region)
    if "DBClusterIdentifier" not in more:
        more |= {
            "AllocatedStorage": 20,
            "MasterUsername": "acme",
            "MasterUserPassword": "only-in-the-sandbox",
        }
    made: str = rds.create_db_instance(DBInstanceIdentifier=name, DBInstanceClass="db.t3.small", **more)[
        "DBInstance"
    ]["DBInstanceArn"]
    return made


def _say(site: Site, arn: str, state: dict[str, Any], **instead: str) -> None:
    kept = int(state["BackupRetentionPeriod"])
    # RDS.11 asks for seven days, Prowler for one.
    backup: bool | str = True if not kept else EITHER if kept < 7 else False
    bad = {
        "public": state["PubliclyAccessible"], "encrypted": not state["StorageEncrypted"], "backup": backup,
        "minor_upgrade": not state["AutoMinorVersionUpgrade"], "multi_az": not state["MultiAZ"],
        "deletion_protection": not state["DeletionProtection"],
    } | instead  # fmt: skip
    why = ", ".join(f"{key} {value}" for key, value in state.items())
    for name in _JUDGED:
        site.truth.say(f"rds.{name}", arn, bad[name], why)


def _replica(site: Site, name: str, region: str) -> None:
    """A replica keeps no backups of its own: RDS.11 leaves it out. Whether it must have a standby is nobody's rule."""
    rds = site.client("rds", region)
    source, encrypted = f"{name}-source", int(name[-2:]) % 16 == 7
    state = {
        "StorageEncrypted": encrypted, "BackupRetentionPeriod": 7, "AutoMinorVersionUpgrade": True, "MultiAZ": True,
        "DeletionProtection": True, "PubliclyAccessible": False,
    }  # fmt: skip
    _say(site, _create(site, region, source, Engine="postgres", **state), state)
    made = rds.create_db_instance_read_replica(
        DBInstanceIdentifier=name, SourceDBInstanceIdentifier=source, PubliclyAccessible=False,
        AutoMinorVersionUpgrade=True,
    )["DBInstance"]["DBInstanceArn"]  # fmt: skip
    site.made()
    own = state | {"why": "a replica"}
    _say(site, made, own, backup=NONE, multi_az=EITHER, deletion_protection=EITHER)


def _member(site: Site, name: str, region: str, *, encrypted: bool) -> None:
    """What a cluster decides for its members (backups, standby, protection) is judged there or here."""
    rds = site.client("rds", region)
    cluster = rds.create_db_cluster(
        DBClusterIdentifier=f"{name}-cluster", Engine="aurora-postgresql", MasterUsername="acme",
        MasterUserPassword="only-in-the-sandbox", StorageEncrypted=encrypted, BackupRetentionPeriod=7, DeletionProtection=True,
    )["DBCluster"]["DBClusterArn"]  # fmt: skip
    made = _create(
        site, region, name, Engine="aurora-postgresql", DBClusterIdentifier=f"{name}-cluster",
        StorageEncrypted=encrypted, PubliclyAccessible=False, AutoMinorVersionUpgrade=True, BackupRetentionPeriod=7,
    )  # fmt: skip
    state = {
        "StorageEncrypted": encrypted, "BackupRetentionPeriod": 7, "AutoMinorVersionUpgrade": True, "MultiAZ": False,
        "DeletionProtection": True, "PubliclyAccessible": False, "why": "a member of a cluster",
    }  # fmt: skip
    _say(site, made, state, multi_az=EITHER, deletion_protection=EITHER, backup=EITHER)
    for judged in _JUDGED:
        site.truth.say(f"rds.{judged}", cluster, EITHER, "a cluster")
    site.made()
    _cluster_snapshot(rds, site, f"{name}-cluster", encrypted=encrypted)


def _cluster_snapshot(rds: Any, site: Site, cluster: str, *, encrypted: bool) -> None:
    """Shared with everybody where it is not encrypted: AWS lets nobody share the other kind."""
    name = f"{cluster}-snapshot"
    arn = rds.create_db_cluster_snapshot(DBClusterIdentifier=cluster, DBClusterSnapshotIdentifier=name)[
        "DBClusterSnapshot"
    ]["DBClusterSnapshotArn"]
    if not encrypted:
        rds.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=["all"]
        )
    why = f"of a cluster, encrypted {encrypted}"
    site.truth.say("rds.snapshot_public", arn, not encrypted, why)
    site.truth.say("rds.snapshot_encrypted", arn, not encrypted, why)
    site.made()


def build_database_snapshots(site: Site, count: int) -> None:
    """Snapshots of one encrypted and one plain database a region."""
    chance = site.chance("database snapshots")
    states, regions = (
        deal(chance, ("kept", "shared", "public", "kept", "taken back")),
        deal(chance, site.regions),
    )
    sources: dict[tuple[str, bool], str] = {}
    for number in range(count):
        region, state = next(regions), next(states)
        rds = site.client("rds", region)
        encrypted = state == "kept" and chance.random() < 0.6
        source = sources.get((region, encrypted)) or _source(site, region, encrypted)
        sources[region, encrypted] = source
        name = f"snap-{number:04d}"
        arn = rds.create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=source)["DBSnapshot"][
            "DBSnapshotArn"
        ]
        if state != "kept":
            value = ["210987654321"] if state == "shared" else ["all"]
            rds.modify_db_snapshot_attribute(
                DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=value
            )
        if state == "taken back":
            rds.modify_db_snapshot_attribute(
                DBSnapshotIdentifier=name, AttributeName="restore", ValuesToRemove=["all"]
            )
        site.truth.say("rds.snapshot_public", arn, state == "public", state)
        site.truth.say("rds.snapshot_encrypted", arn, not encrypted, f"encrypted {encrypted}")
        site.made()


def _source(site: Site, region: str, encrypted: bool) -> str:
    name = f"source-{'encrypted' if encrypted else 'plain'}"
    state = {
        "StorageEncrypted": encrypted, "BackupRetentionPeriod": 7, "AutoMinorVersionUpgrade": True, "MultiAZ": True,
        "DeletionProtection": True, "PubliclyAccessible": False,
    }  # fmt: skip
    _say(site, _create(site, region, name, Engine="postgres", **state), state)
    return name


def say_automatic_snapshots(site: Site) -> None:
    """Those the service makes by itself: as encrypted as their database, and nobody's to share."""
    from moto.rds.models import rds_backends

    for region in site.regions:
        backend = rds_backends[site.account][region]
        held: list[Any] = [*backend.database_snapshots.values(), *backend.cluster_snapshots.values()]
        for snapshot in held:
            arn = getattr(snapshot, "db_snapshot_arn", None) or snapshot.db_cluster_snapshot_arn
            if ("rds.snapshot_encrypted", arn, "") not in site.truth.said:
                encrypted = bool(
                    getattr(snapshot, "storage_encrypted", getattr(snapshot, "encrypted", False))
                )
                site.truth.say("rds.snapshot_encrypted", arn, not encrypted, "made by the service")
                site.truth.say("rds.snapshot_public", arn, NONE, "made by the service")
                site.made()
