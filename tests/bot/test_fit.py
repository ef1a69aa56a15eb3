"""Whatever is drawn, Slack takes it: `fit` against our own count and against the sandbox's other one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import blockkit
from bot.sandbox.slack.blocks import MESSAGE_CHARACTERS, characters, faults_of, view_faults
from tests.examples import examples

POINTER = "`/patrol findings` lists them all"
TEXT = st.one_of(
    st.text(max_size=60),
    st.integers(0, 6_000).map("x".__mul__),
    st.lists(st.text("ab<&>`*\n", max_size=90), max_size=60).map("\n".join),
    st.sampled_from(["<!channel>", "```", "a\n" * 4_000, "&amp;" * 900, "```\n" + "code\n" * 900 + "```"]),
)
BUTTON = st.builds(
    blockkit.button,
    TEXT,
    st.sampled_from(["fix", "fixed", "x" * 300]),
    TEXT,
    st.sampled_from(["", "primary"]),
)
BLOCK = st.one_of(
    st.builds(blockkit.header, TEXT),
    st.builds(blockkit.section, TEXT),
    st.builds(blockkit.context, TEXT),
    st.builds(blockkit.divider),
    st.lists(TEXT, max_size=14).map(lambda texts: blockkit.fields(*texts)),
    st.tuples(st.lists(BUTTON, max_size=30), st.sampled_from(["row", "y" * 300])).map(
        lambda given: blockkit.actions(*given[0], block_id=given[1])
    ),
)
MESSAGE = st.fixed_dictionaries({"text": TEXT, "blocks": st.lists(BLOCK, max_size=120)})


@given(MESSAGE)
@settings(max_examples=examples(120), deadline=None)
def test_a_fitted_message_is_taken_by_slack(message: dict[str, Any]) -> None:
    fitted = blockkit.fit(message, POINTER)
    assert blockkit.problems(fitted) == []
    assert faults_of(fitted["blocks"], "message") == []
    assert characters(fitted["blocks"]) <= MESSAGE_CHARACTERS
    assert blockkit.fit(fitted, POINTER) == fitted


@given(st.lists(BLOCK, max_size=130), TEXT)
@settings(max_examples=examples(60), deadline=None)
def test_a_fitted_dialog_is_taken_by_slack(blocks: list[Any], title: str) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": title},
        "blocks": blocks,
        "private_metadata": "m" * 4_000,
    }
    fitted = blockkit.fit_view(view)
    assert blockkit.problems_view(fitted) == []
    assert view_faults(fitted) == []


def test_what_was_cut_points_to_the_rest() -> None:
    fitted = blockkit.fit(
        {"text": "x", "blocks": [blockkit.section(f"line {at}") for at in range(80)]}, POINTER
    )
    assert len(fitted["blocks"]) == 50
    assert POINTER in str(fitted["blocks"][-1])


def test_a_fence_that_is_cut_is_closed_again_at_a_line_end() -> None:
    text = blockkit.fence("\n".join(f"aws s3 ls s3://bucket-{at}" for at in range(300)))
    cut = blockkit.fit({"text": "x", "blocks": [blockkit.section(text)]}, POINTER)["blocks"][0]["text"][
        "text"
    ]
    assert cut.count("```") == 2
    assert len(cut) <= 3_000


@pytest.mark.parametrize("name", ["<!channel>", "<@U0DEV1>", "a`b", "```", "x\ny", "&lt;!here&gt;"])
def test_no_name_can_become_markup(name: str) -> None:
    assert "<" not in blockkit.code(name) and blockkit.code(name).count("`") == 2
    assert "<" not in blockkit.fence(name) and blockkit.fence(name).count("```") == 2
    assert "<" not in blockkit.escape(name)


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-123456789012-abcdefABCDEF", "xapp-1-A0-123456789", "ghp_" + "a1B2" * 9, "password=hunter2!",
        '"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"', "https://user:geheim1@host.example/",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abcDEF123",
    ],
)  # fmt: skip
def test_a_secret_never_reaches_slack(secret: str) -> None:
    kept = "geheim1" if "geheim1" in secret else secret.split("=")[-1].split(":")[-1].strip(' "@')[-12:]
    fitted = str(
        blockkit.fit({"text": f"saw {secret} there", "blocks": [blockkit.section(f"saw {secret} there")]})
    )
    assert kept not in fitted or "END" in kept
    assert "redacted" in fitted


@pytest.mark.parametrize("plain", ["arn:aws:s3:::acme-invoices-2026", "vol-0a1b2c3d4e5f60718", "pf1_" + "0f" * 32,
                                   "aws ec2 revoke-security-group-ingress --group-id sg-0123456789abcdef0"])  # fmt: skip
def test_what_is_no_secret_stays(plain: str) -> None:
    assert blockkit.redact(plain) == plain
