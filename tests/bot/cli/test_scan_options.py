"""`patrol scan`'s options: several accounts, a role, ceilings; each mistake is told with the option's own name."""

from typing import Any

import pytest

from bot.cli.invocation import parse
from bot.cli.main import run
from bot.cli.scan_options import FLAGS, VALUES, ad_hoc_target, refuse_ad_hoc
from scanners.errors import UsageError
from scanners.model import Target


def _target(*words: str) -> Target:
    return ad_hoc_target(parse(["aws", *words], own=VALUES, flags=FLAGS), "aws")


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ((), {}),
        (("--max-calls", "50", "--calls-per-second", "5"), {"max_calls": 50, "calls_per_second": 5}),
        (
            ("--organization", "--role-name", "PatrolAudit", "--external-id", "x-1", "--skip-accounts", "222222222222"),
            {"organization": True, "role": "PatrolAudit", "external_id": "x-1", "skip_accounts": ("222222222222",)},
        ),
        (
            ("--accounts", "111111111111, 222222222222", "--role-name", "PatrolAudit"),
            {"accounts": ("111111111111", "222222222222"), "role": "PatrolAudit"},
        ),
        (("--role", "arn:aws:iam::111111111111:role/P"), {"role": "arn:aws:iam::111111111111:role/P"}),
    ],
)  # fmt: skip
def test_options_are_an_ad_hoc_targets_settings(words: tuple[str, ...], settings: dict[str, Any]) -> None:
    assert _target(*words) == Target("aws", "aws", settings=settings)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--organization",), "--role-name: it is missing"),
        (("--role", "PatrolAudit"), "--role: a name alone"),
        (("--role-name", "P", "--role", "arn:aws:iam::111111111111:role/P"), "Give one of them"),
        (("--external-id", "x"), "--external-id: it goes with a role"),
        (("--accounts", "1", "--role-name", "P"), "--accounts: '1' is no account"),
        (("--accounts", " , "), "--accounts is empty"),
        (("--max-calls", "none"), "--max-calls takes a whole number from 1"),
        (("--calls-per-second", "0"), "--calls-per-second takes a whole number from 1"),
        (("--calls-per-second", "5000"), "--calls-per-second: it must be a number from 1 to 1,000"),
    ],
)
def test_options_that_do_not_fit_together_are_told(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        _target(*words)


def test_a_configured_target_takes_none_of_them_but_a_ceiling() -> None:
    refuse_ad_hoc(parse(["prod", "--max-calls", "5", "--controls", "s3.*"], own=VALUES, flags=FLAGS))
    with pytest.raises(UsageError, match="--role-name is for `scan aws`; a target has `role`"):
        refuse_ad_hoc(parse(["prod", "--role-name", "P"], own=VALUES, flags=FLAGS))


def test_a_stop_of_nothing_is_refused(tmp_path, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "patrol.toml"
    file.write_text('[[target]]\nname = "prod"\nkind = "aws"\n')
    monkeypatch.setenv("USER", "ada")
    assert run(["scan", "stop", "prod", "--config", str(file)]) == 3
    assert "No scan of prod is under way" in capsys.readouterr().err
