"""CloudWatch's filter patterns: what they match, whatever their order, spacing and breadth."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.aws.patterns import Unreadable, _glob, read_pattern
from scanners.aws.watches import CALLS, WATCHES
from scanners.controls import load_controls

EVENT = {
    "eventName": "CreateVpc", "eventSource": "ec2.amazonaws.com", "errorCode": None, "readOnly": False, "count": 3,
    "userIdentity": {"type": "Root", "odd name": "x"}, "resources": [{"ARN": "a"}, {"ARN": "b"}],
}  # fmt: skip


@pytest.mark.parametrize(
    "pattern",
    [
        "", '{ $.eventName = "CreateVpc" }', "{$.eventName=CreateVpc}", "{ $.eventName = Create* }", "{ $.eventName = * }",
        '{ ($.eventName = "DeleteVpc") || ($.eventName = "CreateVpc") }', '{ $.eventName != "DeleteVpc" }',
        "{ $.userIdentity.invokedBy NOT EXISTS && $.userIdentity.type EXISTS }", "{ $.errorCode IS NULL }",
        "{ $.readOnly IS FALSE }", "{ $.readOnly = false }", "{ $.count > 2 && $.count <= 3 && $.count = 3.0 }",
        '{ $.resources[1].ARN = "b" }', '{ $.userIdentity["odd name"] = x }',
        # `&&` binds closer than `||`, so what stands before the first `||` may be false.
        '{ $.eventSource = "x" && $.eventName = "y" || $.eventName = "CreateVpc" }',
        "CreateVpc", '"CreateVpc" -DeleteVpc', "?Nothing ?CreateVpc",
    ],
)  # fmt: skip
def test_a_pattern_matches_the_event(pattern: str) -> None:
    assert read_pattern(pattern)(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.eventName = "CreateVpcPeeringConnection" }', '{ $.eventName = "createvpc" }', '{ $.eventName != "CreateVpc" }',
        "{ $.eventName NOT EXISTS }", "{ $.readOnly IS TRUE }", "{ $.count > 3 }", "{ $.eventName > 3 }",
        '{ $.resources[2].ARN = "b" }', '{ $.eventName.deeper = "x" }',
        '{ $.eventName = "CreateVpc" && ($.eventSource = "x" || $.eventSource = "y") }',
        "DeleteVpc", "CreateVpc -ec2", "?Nothing ?Never",
    ],
)  # fmt: skip
def test_a_pattern_does_not_match_the_event(pattern: str) -> None:
    assert not read_pattern(pattern)(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        "{", "{ }", "{ $.a }", "{ $.a = }", "{ ($.a = 1 }", "{ $.a = 1 ) }", "{ a = 1 }", "{ $.a = %x.*% }", "[ip, user]",
        "%regex%", "{ $.a IS MAYBE }", "{ $.a < x }", "{ $.a = 1 && }", "{" + "(" * 900, "{" + "(" * 300 + ")" * 300 + "}",
        'open "quote', "x" * 1_025,
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_to_be(pattern: str) -> None:
    with pytest.raises(Unreadable):
        read_pattern(pattern)


@given(st.text(alphabet='{}()$.=!&|<>"ab*1 %[]-?', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Unreadable):
        assert read_pattern(text)(EVENT) in (True, False)


@given(st.text(alphabet="ab*", max_size=8), st.text(alphabet="ab", max_size=8))
def test_a_star_is_any_run_of_characters(pattern: str, text: str) -> None:
    expected = re.fullmatch(pattern.replace("*", ".*"), text) is not None
    assert _glob(pattern, text) is expected


@given(st.data())
def test_the_order_and_the_spacing_of_names_say_nothing(data: st.DataObject) -> None:
    watch = data.draw(st.sampled_from(sorted(CALLS)))
    names = data.draw(st.permutations(CALLS[watch][1].split()))
    space = data.draw(st.sampled_from(["", " ", "\n\t"]))
    quote = data.draw(st.sampled_from(["", '"']))
    joined = f"{space}||{space}".join(f"($.eventName{space}={space}{quote}{name}{quote})" for name in names)
    test = read_pattern(f"{{{joined}}}")
    assert all(test(event) for events in WATCHES[watch].values() for event in events)
    fewer = read_pattern(f"{{{joined.replace(f'{quote}{names[0]}{quote})', 'Other)', 1)}}}")
    assert not all(fewer(event) for event in WATCHES[watch][names[0]])


@pytest.mark.parametrize("watch", sorted(WATCHES))
def test_the_pattern_of_each_fix_covers_what_its_control_asks_for(watch: str) -> None:
    control = load_controls((f"monitoring.{watch}",))[0]
    found = re.search(r"set pattern = '((?:\\'|[^'])*)'", control.remediation["cli"])
    assert found
    pattern = found.group(1)
    assert f"set pattern = '{pattern}'" in control.remediation["terraform"]
    test = read_pattern(pattern)
    assert all(test(event) for events in WATCHES[watch].values() for event in events)
    others = [
        name
        for name in WATCHES
        if name != watch and all(test(e) for es in WATCHES[name].values() for e in es)
    ]
    assert others == [], "a fix's pattern should match no more than it must"


@pytest.mark.parametrize(
    "fence", ["$.awsRegion = us-east-1", '$.userIdentity.userName = "ana"', "$.sourceIPAddress = 203*"]
)
def test_a_filter_that_is_fenced_to_one_place_or_person_covers_nothing(fence: str) -> None:
    test = read_pattern(f"{{ {fence} }}")
    for watch in CALLS:
        assert not any(all(test(event) for event in events) for events in WATCHES[watch].values())
