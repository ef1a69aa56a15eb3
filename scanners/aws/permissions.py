"""Which IAM action an API call needs, for the calls whose action is not simply service:Method."""

import re

_SERVICES = {
    "accessanalyzer": "access-analyzer",
    "s3control": "s3", "elbv2": "elasticloadbalancing", "efs": "elasticfilesystem", "logs": "logs",
    "cloudwatch": "cloudwatch", "secretsmanager": "secretsmanager", "stepfunctions": "states",
    "resourcegroupstaggingapi": "tag",
}  # fmt: skip
_IRREGULAR = {
    ("s3", "list_buckets"): "s3:ListAllMyBuckets",
    ("s3", "get_public_access_block"): "s3:GetBucketPublicAccessBlock",
    ("s3control", "get_public_access_block"): "s3:GetAccountPublicAccessBlock",
    ("s3", "get_bucket_encryption"): "s3:GetEncryptionConfiguration",
    ("s3", "get_bucket_lifecycle_configuration"): "s3:GetLifecycleConfiguration",
    ("s3", "get_bucket_replication"): "s3:GetReplicationConfiguration",
    ("s3", "head_bucket"): "s3:ListBucket",
}
_NAMED = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9*]+)")


def iam_action(service: str, method: str, message: str = "") -> str:
    """The action that a refused call needs ("s3:GetBucketPolicy"); AWS's own word for it comes first."""
    named = _NAMED.search(message)
    if named:
        return named.group(1)
    irregular = _IRREGULAR.get((service, method))
    if irregular:
        return irregular
    operation = "".join(part.capitalize() for part in method.split("_"))
    return f"{_SERVICES.get(service, service)}:{_acronyms(operation)}"


def _acronyms(operation: str) -> str:
    """boto3's snake case loses AWS's capitals: describe_db_instances is DescribeDBInstances."""
    for plain, real in (("Db", "DB"), ("Mfa", "MFA"), ("Acl", "Acl"), ("Tls", "TLS"), ("Saml", "SAML")):
        operation = re.sub(rf"{plain}(?=[A-Z]|s\b|$)", real, operation)
    return operation
