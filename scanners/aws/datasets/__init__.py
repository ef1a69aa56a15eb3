"""What can be fetched from AWS: one file a service."""

from collections.abc import Mapping

from scanners.aws.api import Dataset
from scanners.aws.datasets import (
    cloudtrail,
    ebs,
    ec2,
    ec2_groups,
    eks,
    elbv2,
    iam,
    kms,
    rds,
    rds_snapshots,
    s3,
    vpc,
)

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *cloudtrail.DATASETS,
        *ebs.DATASETS,
        *ec2.DATASETS,
        *ec2_groups.DATASETS,
        *eks.DATASETS,
        *elbv2.DATASETS,
        *iam.DATASETS,
        *kms.DATASETS,
        *rds.DATASETS,
        *rds_snapshots.DATASETS,
        *s3.DATASETS,
        *vpc.DATASETS,
    )
}
SCHEMAS: Mapping[str, Mapping[str, str]] = {name: dataset.schema for name, dataset in DATASETS.items()}
