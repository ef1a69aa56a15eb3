"""Prowler beside Patrol: the checks of the same meaning, run by a venv that has it, and its findings as verdicts."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.aws.truth import FAIL, PASS, Key, key_of

# Patrol's control and the check of Prowler 5 that means the same.
CHECKS = {
    "iam.root_mfa": "iam_root_mfa_enabled", "iam.root_access_key": "iam_no_root_access_key",
    "iam.password_length_14": "iam_password_policy_minimum_length_14", "iam.password_reuse_24": "iam_password_policy_reuse_24",
    "iam.user_mfa_console": "iam_user_mfa_enabled_console_access", "iam.access_key_rotated_90": "iam_rotate_access_key_90_days",
    "iam.access_key_unused_45": "iam_user_accesskey_unused", "iam.console_unused_45": "iam_user_console_access_unused",
    "iam.two_active_keys": "iam_user_two_active_access_key",
    "iam.customer_policy_admin_attached": "iam_customer_attached_policy_no_administrative_privileges",
    "iam.inline_admin": "iam_inline_policy_no_administrative_privileges",
    "iam.user_admin_policy": "iam_user_administrator_access_policy", "iam.support_role": "iam_support_role_created",
    "s3.account_public_access_block": "s3_account_level_public_access_blocks",
    "s3.bucket_public_access_block": "s3_bucket_level_public_access_block", "s3.public": "s3_bucket_public_access",
    "s3.tls_only": "s3_bucket_secure_transport_policy", "s3.kms_encryption": "s3_bucket_kms_encryption",
    "s3.versioning": "s3_bucket_object_versioning", "s3.acl_disabled": "s3_bucket_acl_prohibited",
    "s3.access_logging": "s3_bucket_server_access_logging_enabled",
    "ec2.sg_ssh_world": "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
    "ec2.sg_rdp_world": "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389",
    "ec2.sg_all_world": "ec2_securitygroup_allow_ingress_from_internet_to_all_ports",
    "ec2.sg_postgres_world": "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_postgres_5432",
    "ec2.sg_default_closed": "ec2_securitygroup_default_restrict_traffic", "ec2.imdsv2": "ec2_instance_imdsv2_enabled",
    "ec2.launch_template_imdsv2": "ec2_launch_template_imdsv2_required",
    "ec2.ebs_default_encryption": "ec2_ebs_default_encryption", "ec2.ebs_volume_encrypted": "ec2_ebs_volume_encryption",
    "ec2.snapshot_public": "ec2_ebs_public_snapshot", "vpc.flow_logs": "vpc_flow_logs_enabled",
    "vpc.subnet_public_ip": "vpc_subnet_no_public_ip_by_default", "vpc.nacl_ssh_world": "ec2_networkacl_allow_ingress_tcp_port_22",
    "rds.public": "rds_instance_no_public_access", "rds.encrypted": "rds_instance_storage_encrypted",
    "rds.backup": "rds_instance_backup_enabled", "rds.minor_upgrade": "rds_instance_minor_version_upgrade_enabled",
    "rds.multi_az": "rds_instance_multi_az", "rds.deletion_protection": "rds_instance_deletion_protection",
    "rds.snapshot_public": "rds_snapshots_public_access", "rds.snapshot_encrypted": "rds_snapshots_encrypted",
    "cloudtrail.multi_region": "cloudtrail_multi_region_enabled",
    "cloudtrail.log_validation": "cloudtrail_log_file_validation_enabled", "cloudtrail.kms": "cloudtrail_kms_encryption_enabled",
    "kms.rotation": "kms_cmk_rotation_enabled", "kms.public": "kms_key_not_publicly_accessible",
    "config.recorder": "config_recorder_all_regions_enabled", "guardduty.enabled": "guardduty_is_enabled",
    "logs.retention_365": "cloudwatch_log_group_retention_policy_specific_days_enabled",
    "sns.public": "sns_topics_not_publicly_accessible", "sns.encrypted": "sns_topics_kms_encryption_at_rest_enabled",
    "sqs.public": "sqs_queues_not_publicly_accessible", "sqs.encrypted": "sqs_queues_server_side_encryption_enabled",
    "lambda.public": "awslambda_function_not_publicly_accessible",
    "lambda.supported_runtime": "awslambda_function_using_supported_runtimes",
    "ecr.scan_on_push": "ecr_repositories_scan_images_on_push_enabled", "ecr.tag_immutable": "ecr_repositories_tag_immutability",
    "ecr.public": "ecr_repositories_not_publicly_accessible", "secrets.rotation": "secretsmanager_automatic_rotation_enabled",
    "elbv2.tls_listener": "elbv2_ssl_listeners", "elbv2.deletion_protection": "elbv2_deletion_protection",
    "eks.public_endpoint": "eks_cluster_not_publicly_accessible", "eks.logging": "eks_control_plane_logging_all_types_enabled",
    "dynamodb.pitr": "dynamodb_tables_pitr_enabled", "efs.encrypted": "efs_encryption_at_rest_enabled",
}  # fmt: skip
_CONTROLS = {check: control for control, check in CHECKS.items()}


def prowler_of(environ: Mapping[str, str]) -> Path | None:
    """The program in the venv that PATROL_BENCH_PROWLER names; None where it names none that has it."""
    venv = environ.get("PATROL_BENCH_PROWLER", "")
    program = Path(venv) / "bin" / "prowler"
    return program if venv and program.exists() else None


def command(program: Path, regions: tuple[str, ...], folder: Path) -> list[str]:
    """The command line: the same checks and regions, unused things included as Patrol includes them."""
    return [
        str(program), "aws", "--checks", *CHECKS.values(), "--region", *regions, "--output-formats", "json-ocsf",
        "--output-directory", str(folder), "--output-filename", "out", "--no-banner", "--ignore-exit-code-3",
        "--scan-unused-services",
    ]  # fmt: skip


def environment(given: dict[str, str]) -> dict[str, str]:
    """`given` by the name localhost, under which the account that S3 Control writes before the host is found too."""
    named = given | {"AWS_ENDPOINT_URL": given["AWS_ENDPOINT_URL"].replace("127.0.0.1", "localhost")}
    return os.environ | named | {"PYTHONPATH": str(Path(__file__).parent / "loopback")}


def verdicts_in(folder: Path) -> dict[Key, str]:
    """The worst status of each control and resource in what Prowler wrote."""
    found: dict[Key, str] = {}
    for key, status in _findings(json.loads((folder / "out.ocsf.json").read_text())):
        if found.get(key) != FAIL:
            found[key] = status
    return found


def _findings(listed: list[dict[str, Any]]) -> Iterator[tuple[Key, str]]:
    for each in listed:
        control = _CONTROLS.get(each["metadata"]["event_code"])
        resource = each["resources"][0]
        if control and each["status_code"] in (FAIL, PASS):
            yield key_of(control, resource["uid"], resource.get("region", "")), each["status_code"]
