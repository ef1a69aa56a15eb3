"""What can be fetched from AWS: one file a service."""

from collections.abc import Mapping

from scanners.aws.api import Dataset
from scanners.aws.datasets import (
    cloudtrail,
    config,
    ec2,
    guardduty,
    iam,
    kms,
    logs,
    monitoring,
    rds,
    s3,
    securityhub,
)

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *cloudtrail.DATASETS,
        *config.DATASETS,
        *ec2.DATASETS,
        *guardduty.DATASETS,
        *iam.DATASETS,
        *kms.DATASETS,
        *logs.DATASETS,
        *monitoring.DATASETS,
        *rds.DATASETS,
        *s3.DATASETS,
        *securityhub.DATASETS,
    )
}
SCHEMAS: Mapping[str, Mapping[str, str]] = {name: dataset.schema for name, dataset in DATASETS.items()}
