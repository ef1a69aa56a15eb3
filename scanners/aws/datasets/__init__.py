"""What can be fetched from AWS: one file a service."""

from collections.abc import Mapping

from scanners.aws.api import Dataset
from scanners.aws.datasets import (
    cloudtrail,
    dynamodb,
    ec2,
    ecr,
    efs,
    iam,
    kms,
    lambda_,
    rds,
    s3,
    secretsmanager,
    sns,
    sqs,
)

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *cloudtrail.DATASETS,
        *dynamodb.DATASETS,
        *ec2.DATASETS,
        *ecr.DATASETS,
        *efs.DATASETS,
        *iam.DATASETS,
        *kms.DATASETS,
        *lambda_.DATASETS,
        *rds.DATASETS,
        *s3.DATASETS,
        *secretsmanager.DATASETS,
        *sns.DATASETS,
        *sqs.DATASETS,
    )
}
SCHEMAS: Mapping[str, Mapping[str, str]] = {name: dataset.schema for name, dataset in DATASETS.items()}
