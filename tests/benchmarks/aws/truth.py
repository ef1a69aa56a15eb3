"""What is true of each resource, told by who built it, and how a scan's verdicts compare with that."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# EITHER: the sources contradict each other, so that a difference is told and not counted.
PASS, FAIL, NONE, EITHER = "PASS", "FAIL", "NONE", "EITHER"
ACCOUNT_ITSELF = "account"
# The thing judged is the account, in a region or as a whole, whatever ARN stands for it.
OF_ACCOUNT = frozenset({
    "iam.root_mfa", "iam.root_access_key", "iam.password_length_14", "iam.password_reuse_24", "iam.support_role",
    "s3.account_public_access_block", "ec2.ebs_default_encryption", "cloudtrail.multi_region", "config.recorder",
    "guardduty.enabled",
})  # fmt: skip
REGIONAL = frozenset({"ec2.ebs_default_encryption", "config.recorder", "guardduty.enabled"})
Key = tuple[str, str, str]  # control, ARN, region (only where the account itself is judged by region)


@dataclass(slots=True)
class Truth:
    """`said[key]` is the status and the name of the state that makes it so."""

    said: dict[Key, tuple[str, str]] = field(default_factory=dict)

    def say(self, control: str, arn: str, status: str | bool, why: str, region: str = "") -> None:
        """`status` may be True for "is bad"."""
        if isinstance(status, bool):
            status = FAIL if status else PASS
        self.said[key_of(control, arn, region)] = (status, why)

    def dump(self) -> str:
        """As text."""
        return json.dumps([[*key, *value] for key, value in self.said.items()])

    @classmethod
    def load(cls, text: str) -> "Truth":
        """From the text."""
        return cls({(a, b, c): (d, e) for a, b, c, d, e in json.loads(text)})


def key_of(control: str, arn: str, region: str) -> Key:
    """Account-level controls are known by region alone; a log group's ARN with or without its ":*" is one."""
    if control in OF_ACCOUNT:
        return control, ACCOUNT_ITSELF, region if control in REGIONAL else ""
    return control, arn.removesuffix(":*"), ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One verdict that is not the truth. `got` is NONE where there is no verdict."""

    control: str
    arn: str
    region: str
    expected: str
    got: str
    why: str

    def __str__(self) -> str:
        return f"{self.control} | {self.why} | expected {self.expected}, got {self.got} | {self.arn} {self.region}"


@dataclass(slots=True)
class Score:
    """FAIL is what recall and precision count; `wrong` holds every other untruth too (UNKNOWN, no verdict)."""

    hit: int = 0
    missed: int = 0
    invented: int = 0
    judged: int = 0
    wrong: list[Difference] = field(default_factory=list)
    debatable: list[Difference] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of true failures that were found."""
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 1.0

    @property
    def precision(self) -> float:
        """The share of told failures that are true."""
        return self.hit / (self.hit + self.invented) if self.hit + self.invented else 1.0


def verdicts_of(scan: Mapping[str, Any]) -> dict[Key, str]:
    """The statuses in a `patrol.scan/1` document."""
    return {
        key_of(each["control"], each["resource_arn"], each["region"]): each["status"]
        for each in scan["verdicts"]
    }


def compare(truth: Truth, verdicts: Mapping[Key, str], controls: Iterable[str]) -> Score:
    """Over `controls` (those loaded): a verdict on a resource nobody built is a difference as well."""
    wanted = set(controls)
    score = Score()
    for key in {key for key in (*truth.said, *verdicts) if key[0] in wanted}:
        expected, why = truth.said.get(key, (NONE, "not built"))
        got = verdicts.get(key, NONE)
        score.judged += 1
        _count(score, key, expected, got, why)
    score.wrong.sort(key=str)
    score.debatable.sort(key=str)
    return score


def _count(score: Score, key: Key, expected: str, got: str, why: str) -> None:
    difference = Difference(*key, expected, got, why)
    if expected == EITHER:
        score.debatable.append(difference)
        return
    score.hit += expected == FAIL == got
    score.missed += expected == FAIL != got
    score.invented += got == FAIL != expected
    if got != expected and not (expected == NONE and got == PASS and why != "not built"):
        score.wrong.append(difference)
