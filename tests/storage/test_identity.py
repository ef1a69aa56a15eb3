"""Identity and canonical text: once written to a ledger, these may never come out differently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import identity
from storage.identity import canonical, canonical_text, finding_id, storable

# Worked out by hand from the design: "pf1_" + sha256 of ["control","scope","subject","locus"] in UTF-8.
GOLDEN = (
    (("s3.public", "aws/123456789012/global", "arn:aws:s3:::acme-invoices", ""), "pf1_2ba8cd06b4e8d1cc3d63da648f32303fac3254a10c3b39f017c59ff4ee070e43"),
    (
        ("ec2.sg_ssh_world", "aws/123456789012/eu-west-1",
         "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1", "tcp/22/0.0.0.0/0"), "pf1_348fda4c1150654d3a5c62e398957423ceb76a51afca0ea22c5835e52ca32b6c",
    ),
    (("iam.user_mfa_console", "aws/123456789012/global", "arn:aws:iam::123456789012:user/Zoë 名前", ""), "pf1_1a3af92043f7043969dc1e8a1c9b1524cf3d72afff8047ed19c4e5c852e8249c"),
    (("s3.public", 'a"b\\c', "\ud800<!channel>\n\x00", ""), "pf1_ac8c365ff71919f3217e24a1a8adc443821377c8eef128fab4244dffd23095f8"),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(("parts", "expected"), GOLDEN)
def test_an_id_never_changes(parts: tuple[str, str, str, str], expected: str) -> None:
    assert finding_id(*parts) == expected


@given(st.tuples(*[st.text()] * 4))
def test_an_id_is_the_hash_of_the_canonical_list(parts: tuple[str, str, str, str]) -> None:
    import hashlib

    assert finding_id(*parts) == "pf1_" + hashlib.sha256(canonical(list(parts))).hexdigest()


@given(
    st.tuples(*[st.text(alphabet='a",[]\\', max_size=4)] * 4),
    st.tuples(*[st.text(alphabet='a",[]\\', max_size=4)] * 4),
)
def test_no_shift_of_letters_between_parts_makes_two_findings_one(
    left: tuple[str, str, str, str], right: tuple[str, str, str, str]
) -> None:
    assert (finding_id(*left) == finding_id(*right)) == (left == right)


@given(JSON)
def test_the_quick_encoder_says_what_the_standard_one_says(value: object) -> None:
    assert identity._plain(value) == identity._ENCODER.encode(value)


def test_canonical_text_has_one_form() -> None:
    assert canonical({"b": 1, "a": [True, None, "é"]}) == '{"a":[true,null,"é"],"b":1}'.encode()


@given(st.text(alphabet=st.characters(), max_size=30))
def test_whatever_was_scanned_can_be_stored(text: str) -> None:
    storable(text).encode()
    canonical_text({text: text}).encode()


def test_storable_text_is_left_as_it_is() -> None:
    assert storable("Zoë 名前") == "Zoë 名前"
    assert storable("\ud800x") == "\\ud800x"
