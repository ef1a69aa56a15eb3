"""What can be fetched from AWS: one file a service."""

from collections.abc import Mapping

from scanners.aws.api import Dataset
from scanners.aws.datasets import (
    accessanalyzer,
    cloudtrail,
    config,
    contacts,
    dynamodb,
    ebs,
    ec2,
    ec2_groups,
    ecr,
    efs,
    eks,
    elbv2,
    guardduty,
    iam,
    kms,
    lambda_,
    logs,
    monitoring,
    rds,
    rds_snapshots,
    s3,
    secretsmanager,
    securityhub,
    sns,
    sqs,
    vpc,
)

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *accessanalyzer.DATASETS,
        *cloudtrail.DATASETS,
        *config.DATASETS,
        *contacts.DATASETS,
        *dynamodb.DATASETS,
        *ebs.DATASETS,
        *ec2.DATASETS,
        *ec2_groups.DATASETS,
        *ecr.DATASETS,
        *efs.DATASETS,
        *eks.DATASETS,
        *elbv2.DATASETS,
        *guardduty.DATASETS,
        *iam.DATASETS,
        *kms.DATASETS,
        *lambda_.DATASETS,
        *logs.DATASETS,
        *monitoring.DATASETS,
        *rds.DATASETS,
        *rds_snapshots.DATASETS,
        *s3.DATASETS,
        *secretsmanager.DATASETS,
        *securityhub.DATASETS,
        *sns.DATASETS,
        *sqs.DATASETS,
        *vpc.DATASETS,
    )
}
SCHEMAS: Mapping[str, Mapping[str, str]] = {name: dataset.schema for name, dataset in DATASETS.items()}
