"""IAM, which is global: users, root, policies, certificates. Six calls and their pages for what most scans ask."""

from scanners.aws.datasets.iam import account, certificates, holders, policies, users

DATASETS = (
    *account.DATASETS,
    *users.DATASETS,
    *policies.DATASETS,
    *holders.DATASETS,
    *certificates.DATASETS,
)
