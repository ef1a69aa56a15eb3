"""What can be fetched from AWS: one file a service."""

from collections.abc import Mapping

from scanners.aws.api import Dataset
from scanners.aws.datasets import cloudtrail, ec2, iam, kms, rds, s3

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *iam.DATASETS, *s3.DATASETS, *ec2.DATASETS, *rds.DATASETS, *cloudtrail.DATASETS, *kms.DATASETS,
    )
}  # fmt: skip
SCHEMAS: Mapping[str, Mapping[str, str]] = {name: dataset.schema for name, dataset in DATASETS.items()}
