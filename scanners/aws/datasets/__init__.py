"""What can be fetched from AWS: one file a service."""

from collections.abc import Mapping

from scanners.aws.api import Dataset
from scanners.aws.datasets import (
    accessanalyzer,
    cloudtrail,
    contacts,
    ec2,
    iam,
    kms,
    rds,
    s3,
)

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *accessanalyzer.DATASETS,
        *cloudtrail.DATASETS,
        *contacts.DATASETS,
        *ec2.DATASETS,
        *iam.DATASETS,
        *kms.DATASETS,
        *rds.DATASETS,
        *s3.DATASETS,
    )
}
SCHEMAS: Mapping[str, Mapping[str, str]] = {name: dataset.schema for name, dataset in DATASETS.items()}
