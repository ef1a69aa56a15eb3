"""Which fixes remove the most: one change, one resource, the same fix on many; each finding counted once."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.model import Severity
from storage.fixes import CLOSES, CONTROL, RESOURCE, Fix, biggest
from storage.model import Detection, Finding
from storage.rules import due_date
from tests.examples import examples
from tests.storage.world import SCOPE, START, arn, identity

BLOCK = "s3.block"
CLOSED = {BLOCK: ("s3.public", "s3.bucket_block")}


def _finding(
    name: str, control: str = "s3.public", severity: Severity = Severity.HIGH, scope: str = SCOPE
) -> Finding:
    return Finding(
        identity(name, control, scope), control, scope, "prod", arn(name), name, "aws.s3.bucket", "eu-west-1", "",
        severity, "payments", Detection.PRESENT, START, START, due_date(START, severity),
    )  # fmt: skip


def _told(fixes: list[Fix]) -> list[tuple[str, int, str]]:
    return [(fix.kind, fix.removes, fix.worst.resource_id) for fix in fixes]


def test_one_change_closes_what_its_control_names_in_its_account() -> None:
    found = [_finding(f"b{at}", control) for at in range(4) for control in CLOSED[BLOCK]]
    (first, *rest) = biggest([*found, _finding("account", BLOCK)], CLOSED)
    assert (first.kind, first.removes, first.worst.control) == (CLOSES, 9, BLOCK)
    assert rest == []


def test_it_closes_nothing_in_another_account() -> None:
    other = [_finding(f"b{at}", scope="aws/999999999999/eu-west-1") for at in range(4)]
    fixes = biggest([_finding("account", BLOCK), _finding("mine"), *other], CLOSED)
    assert _told(fixes) == [(CONTROL, 5, "b0"), (CONTROL, 1, "account")]


def test_where_the_closing_control_passes_there_is_no_such_fix() -> None:
    fixes = biggest([_finding("a"), _finding("b", "s3.bucket_block")], CLOSED)
    assert [fix.kind for fix in fixes] == [CONTROL, CONTROL]


def test_one_resource_with_several_findings_beats_a_smaller_group() -> None:
    site = [_finding("site", control) for control in ("s3.a", "s3.b", "s3.c")]
    fixes = biggest([*site, _finding("x", "s3.a")], {})
    assert _told(fixes) == [(RESOURCE, 3, "site"), (CONTROL, 1, "x")]


def test_what_is_wrong_with_a_whole_account_is_no_one_fix() -> None:
    whole = [replace(_finding("root", control), resource_type="aws.account") for control in ("a.x", "a.y")]
    assert [fix.kind for fix in biggest(whole, {})] == [CONTROL, CONTROL]


def test_a_fix_that_another_ate_into_is_counted_by_what_is_left() -> None:
    many = [_finding(f"b{at}", "s3.a") for at in range(5)]
    others = [_finding(name, "s3.z") for name in "xyz"]
    fixes = biggest([*many, *others, _finding("b0", "s3.b"), _finding("b0", "s3.c")], {})
    assert _told(fixes) == [(CONTROL, 5, "b0"), (CONTROL, 3, "x"), (RESOURCE, 2, "b0")]


def test_a_change_that_is_part_of_an_earlier_fix_is_no_fix_again() -> None:
    account = [_finding("account", control) for control in (BLOCK, "iam.a", "iam.b", "iam.c")]
    fixes = biggest([*account, _finding("x"), _finding("y")], CLOSED)
    assert _told(fixes) == [(RESOURCE, 4, "account"), (CONTROL, 2, "x")]


def test_of_equals_one_change_comes_first_and_then_the_worst() -> None:
    pair = [_finding("account", BLOCK), _finding("a")]
    grave = [_finding("c", "s3.x", Severity.CRITICAL), _finding("d", "s3.x", Severity.CRITICAL)]
    mild = [_finding("e", "s3.w", Severity.LOW), _finding("f", "s3.w", Severity.LOW)]
    assert [fix.worst.control for fix in biggest([*mild, *grave, *pair], CLOSED)] == [BLOCK, "s3.x", "s3.w"]


def test_the_worst_finding_of_a_group_is_the_one_to_begin_with() -> None:
    (fix,) = biggest([_finding("a"), replace(_finding("z"), severity=Severity.CRITICAL)], {})
    assert fix.worst.resource_id == "z"


@given(
    st.sets(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["s3.public", "s3.bucket_block", BLOCK, "s3.x"]))
    ),
    st.integers(1, 10),
)
@settings(max_examples=examples(150), deadline=None)
def test_each_finding_is_counted_once_and_nothing_is_invented(pairs: set[tuple[str, str]], most: int) -> None:
    found = [_finding(name, control) for name, control in sorted(pairs)]
    fixes = biggest(found, CLOSED, most)
    assert len(fixes) <= most
    assert sum(fix.removes for fix in fixes) <= len(found)
    assert [fix.removes for fix in fixes] == sorted((fix.removes for fix in fixes), reverse=True)
    assert sum(fix.removes for fix in biggest(found, CLOSED, 100)) == len(found)
    assert fixes == biggest(list(reversed(found)), CLOSED, most)
