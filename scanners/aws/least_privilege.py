"""The smallest IAM policy with which the given controls can be checked, from what their datasets declare. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from scanners.aws.api import Dataset
from scanners.controls.model import Control
from scanners.errors import ControlError
from scanners.model import Json

# What every scan asks beside its datasets: which regions are on. (sts:GetCallerIdentity needs no permission.)
ALWAYS = ("ec2:DescribeRegions",)
LONGEST = 6_144  # characters of a managed policy, white space not counted (IAM quotas)
_ACTION = re.compile(r"[a-z][a-z0-9-]*:[A-Z][A-Za-z0-9]*\Z")


def actions(controls: Sequence[Control], datasets: Mapping[str, Dataset]) -> tuple[str, ...]:
    """Every IAM action that the datasets of `controls` need, in order.

    Raises ControlError that names a dataset which declares none, or something that is no action.
    """
    used = [datasets[name] for name in sorted({name for control in controls for name in control.datasets})]
    return _sorted(action for dataset in used for action in declared(dataset))


def declared(dataset: Dataset) -> tuple[str, ...]:
    """The actions of one dataset. Raises ControlError where there is none, or one is misspelt."""
    if not dataset.permissions:
        raise ControlError(
            f"The dataset {dataset.name} does not say which IAM actions it needs (permissions)."
        )
    wrong = [action for action in dataset.permissions if not _ACTION.match(action)]
    if wrong:
        raise ControlError(f"The dataset {dataset.name} needs {wrong[0]!r}, which is no IAM action.")
    return dataset.permissions


def policy(allowed: Sequence[str]) -> dict[str, Json]:
    """An identity policy with one statement a service. Everything is read-only, on whatever there is."""
    services: dict[str, list[str]] = {}
    for action in _sorted([*allowed, *ALWAYS]):
        services.setdefault(action.split(":")[0], []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": _sid(service), "Effect": "Allow", "Action": listed, "Resource": "*"}
            for service, listed in services.items()
        ],
    }


def _sorted(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(found)))


def _sid(service: str) -> str:
    """A statement's id takes letters and digits alone."""
    return "Read" + "".join(part.capitalize() for part in service.split("-"))
