"""What can be fetched from AWS: one file a service."""

from collections.abc import Mapping

from scanners.aws.api import Dataset
from scanners.aws.datasets import (
    cloudtrail,
    config,
    dynamodb,
    ec2,
    ecr,
    efs,
    guardduty,
    iam,
    kms,
    lambda_,
    logs,
    monitoring,
    rds,
    s3,
    secretsmanager,
    securityhub,
    sns,
    sqs,
)

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *cloudtrail.DATASETS,
        *config.DATASETS,
        *dynamodb.DATASETS,
        *ec2.DATASETS,
        *ecr.DATASETS,
        *efs.DATASETS,
        *guardduty.DATASETS,
        *iam.DATASETS,
        *kms.DATASETS,
        *lambda_.DATASETS,
        *logs.DATASETS,
        *monitoring.DATASETS,
        *rds.DATASETS,
        *s3.DATASETS,
        *secretsmanager.DATASETS,
        *securityhub.DATASETS,
        *sns.DATASETS,
        *sqs.DATASETS,
    )
}
SCHEMAS: Mapping[str, Mapping[str, str]] = {name: dataset.schema for name, dataset in DATASETS.items()}
