"""What a security group opens, by meaning."""

import pytest

from scanners.aws.net import offending

ANY4, ANY6 = [{"CidrIp": "0.0.0.0/0"}], [{"CidrIpv6": "::/0"}]


def _rule(
    protocol: str = "tcp", first: int | None = 22, last: int | None = 22, **ranges: object
) -> dict[str, object]:
    made: dict[str, object] = {"IpProtocol": protocol, **(ranges or {"IpRanges": ANY4})}
    return made | ({} if first is None else {"FromPort": first, "ToPort": last})


@pytest.mark.parametrize(
    "rules",
    [
        [_rule()],
        [_rule(Ipv6Ranges=ANY6)],
        [_rule(first=0, last=65_535)],
        [_rule(first=20, last=30)],
        [_rule("-1", None, None)],
        [_rule("6")],
        [_rule(IpRanges=[{"CidrIp": "0.0.0.0/1"}]), _rule(IpRanges=[{"CidrIp": "128.0.0.0/1"}])],
        [_rule(IpRanges=[{"CidrIp": "0.0.0.0/1"}, {"CidrIp": "128.0.0.0/1"}])],
        [
            _rule("-1", None, None, IpRanges=[{"CidrIp": "0.0.0.0/1"}]),
            _rule(IpRanges=[{"CidrIp": "128.0.0.0/1"}]),
        ],
    ],
)
def test_ssh_is_open_to_the_world(rules: list[dict[str, object]]) -> None:
    assert offending(rules, "tcp", 22)


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [_rule("udp")],
        [_rule("17")],
        [_rule("icmp", -1, -1)],
        [_rule(first=23, last=30)],
        [_rule(first=443, last=443)],
        [_rule(IpRanges=[{"CidrIp": "198.51.100.0/24"}])],
        [_rule(IpRanges=[{"CidrIp": "0.0.0.0/1"}])],
        [_rule(IpRanges=[], UserIdGroupPairs=[{"GroupId": "sg-1"}])],
        [_rule(IpRanges=[{"CidrIp": "10.0.0.0/8"}], Ipv6Ranges=[{"CidrIpv6": "fd00::/8"}])],
    ],
)
def test_ssh_is_not_open_to_the_world(rules: list[dict[str, object]]) -> None:
    assert offending(rules, "tcp", 22) == []


def test_only_the_guilty_ranges_are_to_be_revoked() -> None:
    rule = _rule(IpRanges=[{"CidrIp": "0.0.0.0/0"}, {"CidrIp": "10.0.0.0/8"}])
    assert offending([rule], "tcp", 22) == [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ]


def test_every_port_means_every_port() -> None:
    assert offending([_rule(first=0, last=65_535)], "tcp", None)
    assert offending([_rule(first=1, last=1024)], "tcp", None) == []
