"""Credential reports that AWS could send and moto does not: old ones, broken ones, keys and passwords of any age."""

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.aws.datasets.iam.users import MOST_READ_AGAIN
from scanners.model import Status
from tests.scanners.aws.front import DENIED
from tests.scanners.aws.iam_account import ME, Scripted, before, scan_of, statuses

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated"
)


def _days(count: float) -> str:
    return (NOW - timedelta(days=count)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _row(name: str, **columns: str) -> str:
    usual = dict.fromkeys(COLUMNS.split(","), "N/A") | {
        "user": name, "arn": f"{ME}:user/{name}", "user_creation_time": _days(500), "password_enabled": "false",
        "mfa_active": "false", "access_key_1_active": "false", "access_key_2_active": "false",
    }  # fmt: skip
    return ",".join((usual | columns).values())


def _report(*rows: str, made: datetime | None = None) -> Mapping[str, tuple[str, bytes]]:
    text = base64.b64encode("\n".join([COLUMNS, *rows]).encode()).decode()
    stamp = (made or NOW).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = (
        "<GetCredentialReportResponse><GetCredentialReportResult>"
        f"<Content>{text}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>{stamp}</GeneratedTime>"
        "</GetCredentialReportResult></GetCredentialReportResponse>"
    )
    return {"GetCredentialReport": ("text/xml", body.encode())}


@pytest.fixture(scope="module")
def front(iam_account: SandboxAws) -> Iterator[Scripted]:
    """The front before the account."""
    with before(iam_account) as made:
        yield made


@pytest.fixture
def told(front: Scripted) -> Iterator[Scripted]:
    """The front, its own words forgotten afterwards."""
    yield front
    front.said = {}


def _key(number: int, made: float, used: str = "N/A", active: str = "true") -> dict[str, str]:
    prefix = f"access_key_{number}"
    return {
        f"{prefix}_active": active,
        f"{prefix}_last_rotated": _days(made),
        f"{prefix}_last_used_date": used,
    }


KEYS: tuple[tuple[dict[str, str], bool, bool], ...] = (
    # What the report says, whether it was replaced in time, whether it is in use.
    (_key(1, 90.9), True, False),  # never used: counts from its making
    (_key(1, 91), False, False),
    (_key(1, 44.9), True, True),
    (_key(1, 45), True, False),
    (_key(1, 80, _days(44.9)), True, True),
    (_key(1, 80, _days(45)), True, False),
    (_key(1, 80, _days(1)) | _key(2, 60), True, False),  # the idlest counts
    (_key(1, 400, _days(300), active="false"), True, True),
    ({}, True, True),
)


def test_keys_are_old_from_day_91_and_unused_from_day_45(told: Scripted) -> None:
    told.said = dict(_report(*(_row(f"u{n}", **columns) for n, (columns, *_rest) in enumerate(KEYS))))
    scan = scan_of("iam.access_key_*", now=NOW)
    found = {
        (v.control, v.resource.id): v.status is Status.PASS
        for v in scan.verdicts
        if v.status is not Status.UNKNOWN
    }
    assert [found["iam.access_key_rotated_90", f"u{n}"] for n in range(len(KEYS))] == [
        good for _c, good, _u in KEYS
    ]
    assert [found["iam.access_key_unused_45", f"u{n}"] for n in range(len(KEYS))] == [
        good for _c, _r, good in KEYS
    ]


PASSWORDS = (
    # Last sign-in, the day it was set, what follows.
    (_days(44.9), _days(400), Status.PASS),
    (_days(45), _days(400), Status.FAIL),
    (_days(60), _days(2), Status.FAIL),  # it has been used, so that is what counts
    ("no_information", _days(44.9), Status.PASS),
    ("no_information", _days(46), Status.FAIL),
    ("no_information", "N/A", Status.UNKNOWN),
    ("yesterday", _days(1), Status.UNKNOWN),
)


def test_a_password_is_unused_from_day_45(told: Scripted) -> None:
    told.said = dict(_report(*(
        _row(f"u{n}", password_enabled="true", password_last_used=used, password_last_changed=changed)
        for n, (used, changed, _status) in enumerate(PASSWORDS)
    )))  # fmt: skip
    found = statuses("iam.console_unused_45", NOW)
    assert list(found.values()) == [status for _used, _changed, status in PASSWORDS]


def test_one_broken_line_costs_its_own_user_alone(told: Scripted) -> None:
    told.said = dict(_report(_row("ada", mfa_active="perhaps", password_enabled="true"), _row("bea")))
    assert statuses("iam.user_mfa_console", NOW) == {"user/ada": Status.UNKNOWN, "user/bea": Status.PASS}
    assert statuses("iam.two_active_keys", NOW) == {"user/ada": Status.PASS, "user/bea": Status.PASS}


@pytest.mark.parametrize(("days", "status"), [(0, Status.FAIL), (7, Status.FAIL), (8, Status.PASS)])
def test_root_must_have_rested_for_a_week(told: Scripted, days: int, status: Status) -> None:
    told.said = dict(_report(_row("<root_account>", **_key(2, 100, _days(days), active="false"))))
    assert statuses("iam.root_used", NOW) == {"root": status}
    assert statuses("iam.user_mfa_console", NOW) == {}  # root is no user


def test_a_report_without_root_says_nothing_of_root(told: Scripted) -> None:
    told.said = dict(_report(_row("ada")))
    assert statuses("iam.root_used", NOW) == {"root": Status.UNKNOWN}


def test_a_key_of_a_person_that_was_made_with_the_user_is_seen(told: Scripted) -> None:
    with_user = {"password_enabled": "true", **_key(1, 500)}
    used, later = with_user | _key(1, 500, _days(3)), with_user | _key(1, 499)
    told.said = dict(
        _report(
            _row("ada", **with_user), _row("bea", **used), _row("cy", **later), _row("bot", **_key(1, 500))
        )
    )
    assert {n for n, s in statuses("iam.setup_access_key", NOW).items() if s is Status.FAIL} == {"user/ada"}


def test_verdicts_say_of_when_the_report_is(told: Scripted) -> None:
    made = NOW - timedelta(minutes=3)
    told.said = dict(_report(_row("ada", **_key(1, 100)), made=made))
    told.seen.clear()
    scan = scan_of("iam.access_key_rotated_90", now=NOW)
    assert [(v.status, v.as_of) for v in scan.verdicts] == [(Status.FAIL, made)]
    assert [c.as_of for c in scan.coverage] == [made]
    assert "iam:ListAccessKeys" not in told.seen


def test_what_was_mended_after_the_report_shows_at_once(told: Scripted) -> None:
    made = NOW - timedelta(hours=3)
    rows = [_row("good", **_key(1, 100)), _row("gone", **_key(1, 100)), _row("bea", **_key(1, 10))]
    told.said = dict(_report(*rows, made=made))
    found = {
        v.resource.id: (v.status, v.as_of) for v in scan_of("iam.access_key_rotated_90", now=NOW).verdicts
    }
    assert found == {"good": (Status.PASS, None), "gone": (Status.FAIL, made), "bea": (Status.PASS, made)}


def test_no_more_than_a_bounded_number_of_users_is_read_again(told: Scripted) -> None:
    many = MOST_READ_AGAIN + 10
    told.said = dict(
        _report(*(_row(f"u{n}", **_key(1, 100)) for n in range(many)), made=NOW - timedelta(hours=1))
    )
    told.seen.clear()
    scan = scan_of("iam.access_key_rotated_90", now=NOW)
    assert told.seen.count("iam:GetUser") == MOST_READ_AGAIN
    assert len(scan.verdicts) == many


def test_a_user_who_may_not_be_read_again_keeps_the_word_of_the_report(told: Scripted) -> None:
    told.said = dict(_report(_row("good", **_key(1, 100)), made=NOW - timedelta(hours=1)))
    with told.failing("iam:GetUser", DENIED):
        (found,) = scan_of("iam.access_key_rotated_90", now=NOW).verdicts
    assert found.status is Status.FAIL and found.remediation is None  # nothing is switched off by guess


def test_a_stamp_that_the_report_itself_belies_is_none(told: Scripted) -> None:
    told.said = dict(_report(_row("good", **_key(1, 100)), made=datetime(2015, 2, 2, tzinfo=UTC)))
    told.seen.clear()
    (found,) = scan_of("iam.access_key_rotated_90", now=NOW).verdicts
    assert (found.status, found.as_of) == (Status.FAIL, None)
    assert "iam:GetUser" not in told.seen


def test_two_keys_of_one_second_of_which_one_must_stay_are_told_apart_by_their_ids(
    told: Scripted, iam_account: SandboxAws
) -> None:
    iam = iam_account.client("iam")
    old = iam.list_access_keys(UserName="old-key")["AccessKeyMetadata"][0]
    second = old["CreateDate"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    told.said = dict(_report(
        _row("old-key", access_key_1_active="true", access_key_1_last_rotated=second,
             access_key_2_active="false", access_key_2_last_rotated=second),
    ))  # fmt: skip
    (found,) = scan_of("iam.access_key_rotated_90").verdicts
    assert found.remediation is not None and old["AccessKeyId"] in found.remediation.undo
    told.said = {}
    (found,) = [v for v in scan_of("iam.access_key_rotated_90").verdicts if v.resource.id == "old-key"]
    assert found.remediation is not None and old["AccessKeyId"] not in found.remediation.undo
    assert second.removesuffix("+00:00") in found.remediation.undo


def test_a_password_that_was_set_anew_counts_from_then(told: Scripted) -> None:
    """IAM keeps the day of the first password; the report alone knows of the new one."""
    later = datetime.now(UTC) + timedelta(days=60)
    changed = (later - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    only = f"{ME}:user/no-mfa"
    assert [v.status for v in scan_of("iam.console_unused_45", only=only, now=later).verdicts] == [
        Status.FAIL
    ]
    told.said = dict(_report(_row("no-mfa", password_enabled="true", password_last_changed=changed)))
    assert [v.status for v in scan_of("iam.console_unused_45", only=only, now=later).verdicts] == [
        Status.PASS
    ]


SUMMARY = """<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>
<entry><key>AccountMFAEnabled</key><value>{mfa}</value></entry>
<entry><key>AccountAccessKeysPresent</key><value>{keys}</value></entry>
<entry><key>AccountPasswordPresent</key><value>{password}</value></entry>
</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>"""
DEVICES = """<ListVirtualMFADevicesResponse><ListVirtualMFADevicesResult><IsTruncated>false</IsTruncated><VirtualMFADevices>
<member><SerialNumber>x</SerialNumber><User><Arn>arn:aws:iam::123456789012:{owner}</Arn></User></member>
</VirtualMFADevices></ListVirtualMFADevicesResult></ListVirtualMFADevicesResponse>"""


@pytest.mark.parametrize(
    ("summary", "owner", "has_mfa", "hardware", "no_key"),
    [
        ({"mfa": 1, "keys": 0, "password": 1}, "user/ada", Status.PASS, Status.PASS, Status.PASS),
        ({"mfa": 1, "keys": 0, "password": 1}, "root", Status.PASS, Status.FAIL, Status.PASS),
        ({"mfa": 0, "keys": 0, "password": 0}, "user/ada", Status.PASS, Status.PASS, Status.PASS),
        ({"mfa": 0, "keys": 1, "password": 0}, "user/ada", Status.FAIL, Status.FAIL, Status.FAIL),
        ({"mfa": 0, "keys": 0, "password": 1}, "user/ada", Status.FAIL, Status.FAIL, Status.PASS),
    ],
)
def test_root_needs_mfa_of_hardware_unless_it_has_no_password(
    told: Scripted, summary: dict[str, int], owner: str, has_mfa: Status, hardware: Status, no_key: Status
) -> None:
    told.said = {
        "GetAccountSummary": ("text/xml", SUMMARY.format(**summary).encode()),
        "ListVirtualMFADevices": ("text/xml", DEVICES.format(owner=owner).encode()),
    }
    scan = scan_of("iam.root_mfa", "iam.root_hardware_mfa", "iam.root_access_key", now=NOW)
    assert {v.control.removeprefix("iam."): v.status for v in scan.verdicts} == {
        "root_mfa": has_mfa, "root_hardware_mfa": hardware, "root_access_key": no_key,
    }  # fmt: skip
