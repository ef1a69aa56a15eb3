"""Which event changes which resources: one row for events that name their resources alike.

Sources: each service's API reference and CloudTrail user guide ("Logging ... API calls with AWS CloudTrail").

A path leads from `request`, `response`, `resources`, `identity` (who asked), or from `detail` and `listed` of an event
that is no API call; `*` stands for every item of a list. No path: the account itself, in that region where the dataset
is regional. The path "all" stands for every resource of the dataset, where no path before it leads to one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ALL = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """`events` touch `datasets` (or a shape of one, see `shapes.py`), named at `paths`."""

    events: str
    datasets: tuple[str, ...]
    paths: str = ""


def _row(events: str, datasets: str, paths: str = "") -> Row:
    return Row(events, tuple(name.strip() for name in datasets.split(",")), paths)


_IN_GROUP = "iam.inline, iam.user_policies, iam.policies"
_HOLDERS = "iam.administrator_access, iam.cloudshell_access, iam.support_access"
_EC2_ALL = (
    "ec2.instances, ec2.launch_templates, ec2.security_groups, ec2.snapshots, ec2.volumes, vpc.network_acls,"
    " vpc.networks, vpc.subnets"
)
_TRAIL = "cloudtrail.account, monitoring.watches"

CALLS: Mapping[str, tuple[Row, ...]] = {
    "s3": (
        _row(
            "CreateBucket DeleteBucket PutBucketPolicy DeleteBucketPolicy PutBucketAcl PutBucketPublicAccessBlock"
            " DeleteBucketPublicAccessBlock PutBucketEncryption DeleteBucketEncryption PutBucketVersioning"
            " PutBucketOwnershipControls DeleteBucketOwnershipControls PutBucketLogging PutBucketTagging"
            " DeleteBucketTagging",
            "s3.buckets", "request.bucketName",
        ),
        _row("PutAccountPublicAccessBlock DeleteAccountPublicAccessBlock", "s3.account"),
        # A bucket may hold a trail's files; which one, its own settings don't tell.
        _row("PutBucketLogging DeleteBucket", "cloudtrail.trails", ALL),
    ),
    "ec2": (
        _row(
            "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress"
            " RevokeSecurityGroupEgress ModifySecurityGroupRules CreateSecurityGroup DeleteSecurityGroup",
            "ec2.security_groups",
            "request.groupId request.ModifySecurityGroupRulesRequest.GroupId response.groupId"
            " response.securityGroupRuleSet.items.*.groupId",
        ),
        # A prefix list may stand in any group; a new network brings a group, an access list and perhaps subnets.
        _row("ModifyManagedPrefixList RestoreManagedPrefixListVersion", "ec2.security_groups", ALL),
        _row(
            "CreateVpc CreateDefaultVpc DeleteVpc",
            "ec2.security_groups, vpc.network_acls, vpc.networks, vpc.subnets", ALL,
        ),
        _row("CreateFlowLogs DeleteFlowLogs", "vpc.networks", ALL),
        _row(
            "RunInstances StartInstances TerminateInstances", "ec2.instances",
            "response.instancesSet.items.*.instanceId request.instancesSet.items.*.instanceId",
        ),
        _row(
            "ModifyInstanceMetadataOptions AssociateIamInstanceProfile DisassociateIamInstanceProfile"
            " ReplaceIamInstanceProfileAssociation", "ec2.instances",
            "request.instanceId request.ModifyInstanceMetadataOptionsRequest.InstanceId"
            " request.AssociateIamInstanceProfileRequest.InstanceId"
            " response.AssociateIamInstanceProfileResponse.iamInstanceProfileAssociation.instanceId"
            " response.DisassociateIamInstanceProfileResponse.iamInstanceProfileAssociation.instanceId"
            " response.ReplaceIamInstanceProfileAssociationResponse.iamInstanceProfileAssociation.instanceId",
        ),
        _row(
            "CreateLaunchTemplate CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplate"
            " DeleteLaunchTemplateVersions", "ec2.launch_templates",
            "response.CreateLaunchTemplateResponse.launchTemplate.launchTemplateId"
            " request.CreateLaunchTemplateVersionRequest.LaunchTemplateId"
            " response.CreateLaunchTemplateVersionResponse.launchTemplateVersion.launchTemplateId"
            " request.ModifyLaunchTemplateRequest.LaunchTemplateId"
            " response.ModifyLaunchTemplateResponse.launchTemplate.launchTemplateId"
            " request.DeleteLaunchTemplateRequest.LaunchTemplateId"
            " response.DeleteLaunchTemplateResponse.launchTemplate.launchTemplateId"
            " request.DeleteLaunchTemplateVersionsRequest.LaunchTemplateId",
        ),
        _row("CreateVolume DeleteVolume", "ec2.volumes", "response.volumeId request.volumeId"),
        _row(
            "CreateSnapshot CopySnapshot ModifySnapshotAttribute ResetSnapshotAttribute DeleteSnapshot"
            " CreateSnapshots", "ec2.snapshots",
            "request.snapshotId response.snapshotId response.CreateSnapshotsResponse.snapshotSet.item.*.snapshotId",
        ),
        _row("EnableEbsEncryptionByDefault DisableEbsEncryptionByDefault", "ec2.ebs_default"),
        _row(
            "CreateSubnet CreateDefaultSubnet DeleteSubnet ModifySubnetAttribute", "vpc.subnets",
            "request.subnetId response.subnet.subnetId",
        ),
        _row(
            "CreateNetworkAcl CreateNetworkAclEntry ReplaceNetworkAclEntry DeleteNetworkAclEntry DeleteNetworkAcl",
            "vpc.network_acls", "request.networkAclId response.networkAcl.networkAclId",
        ),
        _row("CreateTags DeleteTags", _EC2_ALL, "request.resourcesSet.items.*.resourceId"),
    ),
    "rds": (
        _row(
            "CreateDBInstance ModifyDBInstance DeleteDBInstance CreateDBInstanceReadReplica PromoteReadReplica"
            " RestoreDBInstanceFromDBSnapshot RestoreDBInstanceFromS3 RestoreDBInstanceToPointInTime StartDBInstance"
            " RebootDBInstance AddTagsToResource RemoveTagsFromResource", "rds.instances",
            "request.dBInstanceIdentifier request.newDBInstanceIdentifier request.targetDBInstanceIdentifier"
            " request.resourceName response.dBInstanceArn",
        ),
        _row(
            "CreateDBCluster ModifyDBCluster DeleteDBCluster RestoreDBClusterFromSnapshot RestoreDBClusterFromS3"
            " RestoreDBClusterToPointInTime PromoteReadReplicaDBCluster", "rds.instances", ALL,
        ),
        _row(
            "CreateDBSnapshot CopyDBSnapshot ModifyDBSnapshotAttribute DeleteDBSnapshot AddTagsToResource"
            " RemoveTagsFromResource", "rds.snapshots",
            "request.dBSnapshotIdentifier request.targetDBSnapshotIdentifier request.resourceName",
        ),
        _row(
            "CreateDBClusterSnapshot CopyDBClusterSnapshot ModifyDBClusterSnapshotAttribute DeleteDBClusterSnapshot"
            " AddTagsToResource RemoveTagsFromResource", "rds.snapshots of clusters",
            "request.dBClusterSnapshotIdentifier request.targetDBClusterSnapshotIdentifier request.resourceName",
        ),
    ),
    "iam": (
        _row(
            "CreateUser DeleteUser UpdateUser CreateLoginProfile UpdateLoginProfile DeleteLoginProfile CreateAccessKey"
            " UpdateAccessKey DeleteAccessKey EnableMFADevice DeactivateMFADevice TagUser UntagUser", "iam.users",
            "response.user.arn request.userName request.newUserName response.accessKey.userName",
        ),
        # Whoever names nobody means themselves.
        _row("ChangePassword CreateAccessKey UpdateAccessKey DeleteAccessKey", "iam.users", "identity.userName"),
        # Root's own keys and devices carry no user's name that could be told from one.
        _row(
            "CreateAccessKey UpdateAccessKey DeleteAccessKey EnableMFADevice DeactivateMFADevice"
            " CreateVirtualMFADevice DeleteVirtualMFADevice", "iam.account",
        ),
        _row("UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy", "iam.password_policy"),
        # AWS gives the policies of all users, groups and roles in one list: asking for one would cost as much.
        _row(
            "PutUserPolicy DeleteUserPolicy PutGroupPolicy DeleteGroupPolicy PutRolePolicy DeleteRolePolicy"
            " AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy AttachRolePolicy DetachRolePolicy"
            " AddUserToGroup RemoveUserFromGroup CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion"
            " SetDefaultPolicyVersion DeleteUser DeleteRole DeleteGroup", _IN_GROUP, ALL,
        ),
        _row(
            "AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy AttachRolePolicy DetachRolePolicy",
            _HOLDERS,
        ),
        _row(
            "UploadServerCertificate UpdateServerCertificate DeleteServerCertificate", "iam.certificates", ALL,
        ),
    ),
    "kms": (
        _row(
            "CreateKey ReplicateKey PutKeyPolicy EnableKeyRotation DisableKeyRotation EnableKey DisableKey"
            " ScheduleKeyDeletion CancelKeyDeletion ImportKeyMaterial DeleteImportedKeyMaterial TagResource UntagResource",
            "kms.keys", "resources.*.ARN request.keyId response.keyMetadata.arn response.replicaKeyMetadata.arn",
        ),
    ),
    "sns": (
        _row(
            "CreateTopic DeleteTopic SetTopicAttributes AddPermission RemovePermission TagResource UntagResource",
            "sns.topics", "request.topicArn response.topicArn request.resourceArn",
        ),
        _row("Subscribe ConfirmSubscription Unsubscribe DeleteTopic", "monitoring.watches"),
    ),
    "sqs": (
        _row(
            "CreateQueue DeleteQueue SetQueueAttributes AddPermission RemovePermission TagQueue UntagQueue",
            "sqs.queues", "request.queueUrl response.queueUrl request.queueName",
        ),
    ),
    "lambda": (
        _row(
            "CreateFunction DeleteFunction UpdateFunctionConfiguration UpdateFunctionCode AddPermission RemovePermission"
            " CreateFunctionUrlConfig UpdateFunctionUrlConfig DeleteFunctionUrlConfig TagResource UntagResource",
            "lambda.functions", "request.functionName request.resource response.functionArn",
        ),
    ),
    "ecr": (
        _row(
            "CreateRepository DeleteRepository PutImageScanningConfiguration PutImageTagMutability SetRepositoryPolicy"
            " DeleteRepositoryPolicy TagResource UntagResource", "ecr.repositories",
            "request.repositoryName request.resourceArn",
        ),
        _row("PutRegistryScanningConfiguration", "ecr.repositories", ALL),
    ),
    "cloudtrail": (
        _row(
            "CreateTrail UpdateTrail DeleteTrail", "cloudtrail.trails", "response.trailARN request.name",
        ),
        _row(
            "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging PutEventSelectors", _TRAIL,
        ),
    ),
    "config": (
        _row(
            "PutConfigurationRecorder DeleteConfigurationRecorder StartConfigurationRecorder StopConfigurationRecorder"
            " PutDeliveryChannel DeleteDeliveryChannel", "config.recorders",
        ),
    ),
    "guardduty": (_row("CreateDetector UpdateDetector DeleteDetector", "guardduty.detectors"),),
    "securityhub": (_row("EnableSecurityHub DisableSecurityHub", "securityhub.hub"),),
    "access-analyzer": (_row("CreateAnalyzer UpdateAnalyzer DeleteAnalyzer", "accessanalyzer.analyzers"),),
    "account": (_row("PutAlternateContact DeleteAlternateContact", "account.security_contact"),),
    "elasticloadbalancing": (
        _row(
            "CreateLoadBalancer DeleteLoadBalancer ModifyLoadBalancerAttributes CreateListener ModifyListener"
            " DeleteListener CreateRule ModifyRule DeleteRule SetRulePriorities AddTags RemoveTags",
            "elbv2.load_balancers",
            "request.loadBalancerArn request.listenerArn request.ruleArn request.rulePriorities.*.ruleArn"
            " request.resourceArns.* response.loadBalancers.*.loadBalancerArn",
        ),
    ),
    "eks": (
        _row(
            "CreateCluster DeleteCluster UpdateClusterConfig TagResource UntagResource", "eks.clusters",
            "request.name request.resourceArn response.cluster.arn",
        ),
    ),
    "dynamodb": (
        _row(
            "CreateTable DeleteTable UpdateContinuousBackups RestoreTableFromBackup RestoreTableToPointInTime TagResource"
            " UntagResource", "dynamodb.tables", "request.tableName request.targetTableName request.resourceArn",
        ),
    ),
    "elasticfilesystem": (
        _row("CreateFileSystem DeleteFileSystem", "efs.file_systems", "response.fileSystemId request.fileSystemId"),
    ),
    "secretsmanager": (
        _row(
            "CreateSecret UpdateSecret DeleteSecret RestoreSecret RotateSecret CancelRotateSecret TagResource UntagResource",
            "secretsmanager.secrets", f"response.arn response.aRN request.secretId {ALL}",
        ),
    ),
    "logs": (
        _row(
            "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy TagResource UntagResource",
            "logs.groups", "request.logGroupName request.resourceArn",
        ),
        _row("PutMetricFilter DeleteMetricFilter DeleteLogGroup", "monitoring.watches"),
    ),
    "monitoring": (
        _row(
            "PutMetricAlarm PutCompositeAlarm DeleteAlarms EnableAlarmActions DisableAlarmActions", "monitoring.watches",
        ),
    ),
}  # fmt: skip

# Events that are no API call, by their detail-type: what AWS did by itself, or finished later.
OTHERS: Mapping[str, tuple[Row, ...]] = {
    "EC2 Instance Launch Successful": (_row("", "ec2.instances", "detail.EC2InstanceId"),),
    "EC2 Instance Terminate Successful": (_row("", "ec2.instances", "detail.EC2InstanceId"),),
    "EC2 Instance State-change Notification": (_row("", "ec2.instances", "detail.instance-id"),),
    "EBS Volume Notification": (_row("", "ec2.volumes", "listed.*"),),
    "RDS DB Instance Event": (_row("", "rds.instances", "detail.SourceArn"),),
    "RDS DB Snapshot Event": (_row("", "rds.snapshots", "detail.SourceArn"),),
    "RDS DB Cluster Snapshot Event": (_row("", "rds.snapshots of clusters", "detail.SourceArn"),),
}

# Datasets that no event touches, and why.
UNTOUCHED: Mapping[str, str] = {
    "iam.root": "a sign-in as root shows in the credential report alone, which AWS makes anew every four hours",
}
