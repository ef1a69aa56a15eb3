"""Load balancers of the second generation, by region: their listeners and whether they can be deleted by mistake."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, sent, tags_of
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

_GONE = "LoadBalancerNotFound"
_TAGS_AT_ONCE = 20
_PROTECTED = "deletion_protection.enabled"


def load_balancers(api: Api, **chosen: Any) -> Listing:
    """Application, network and gateway load balancers."""
    asked = chosen or {"PaginationConfig": {"PageSize": 400}}
    listed, gap = api.pages("elbv2", "describe_load_balancers", "LoadBalancers", **asked)
    tags = _tags(api, [item["LoadBalancerArn"] for item in listed])
    found = api.map(lambda item: _balancer(api, item, tags), listed)
    return api.listing([record for record in found if record], gap)


def one_load_balancer(api: Api, arn: str) -> Listing:
    """One load balancer by its ARN."""
    listing = load_balancers(api, LoadBalancerArns=[arn])
    if listing.gap and _GONE in listing.gap.reason:
        return api.listing([])
    return listing


def _tags(api: Api, arns: Sequence[str]) -> Mapping[str, dict[str, str]]:
    """ARN -> tags, twenty a call; an ARN is missing where AWS did not tell."""
    parts = [arns[start : start + _TAGS_AT_ONCE] for start in range(0, len(arns), _TAGS_AT_ONCE)]
    found: dict[str, dict[str, str]] = {}
    for part in parts:
        try:
            answer = api.call("elbv2", "describe_tags", ResourceArns=list(part))
            told = sent(answer, "TagDescriptions", "elbv2 describe_tags")
        except CallFailed:
            continue
        found.update({item["ResourceArn"]: tags_of(item.get("Tags")) for item in told})
    return found


def _balancer(api: Api, item: Mapping[str, Any], tags: Mapping[str, dict[str, str]]) -> Record | None:
    """None where it was deleted meanwhile."""
    arn = item["LoadBalancerArn"]
    kind = sent(item, "Type", "elbv2 describe_load_balancers")
    reading = Reading()
    reading.fields.update(name=item.get("LoadBalancerName", ""), type=kind, scheme=item.get("Scheme", ""))
    try:
        if kind == "application" and api.wants("plain", "https", "listeners"):
            reading.fields.update(_front(api, arn))
    except CallFailed as failure:
        if failure.code.startswith(_GONE):
            return None
        reading.gaps.update(dict.fromkeys(("plain", "https", "listeners"), failure.gap))
    try:
        if api.wants("deletion_protection"):
            reading.fields["deletion_protection"] = _protected(api, arn)
    except CallFailed as failure:
        if failure.code.startswith(_GONE):
            return None
        reading.gaps["deletion_protection"] = failure.gap
    resource = Resource(
        "aws.elbv2.load_balancer", arn, reading.fields["name"], api.region, tags.get(arn, {}), arn not in tags
    )
    return reading.record(resource)


def _front(api: Api, arn: str) -> dict[str, Json]:
    """The listeners, and those of them that serve something over plain HTTP."""
    where = "elbv2 describe_listeners"
    listed, gap = api.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)
    if gap:
        raise CallFailed(gap, _GONE if _GONE in gap.reason else "")
    protocols = [str(sent(listener, "Protocol", where)) for listener in listed]
    insecure = [listener for listener, protocol in zip(listed, protocols, strict=True) if protocol == "HTTP"]
    return {
        "listeners": [f"{p}:{item.get('Port', '')}" for item, p in zip(listed, protocols, strict=True)],
        "https": "HTTPS" in protocols,
        "plain": [plain for plain in map(partial(_plain, api), insecure) if plain],
    }


def _plain(api: Api, listener: Mapping[str, Any]) -> dict[str, Json] | None:
    """What such a listener does beside sending clients to HTTPS; None where it does nothing else."""
    where = "elbv2 describe_listeners"
    arn = sent(listener, "ListenerArn", where)
    actions = sent(listener, "DefaultActions", where)
    rules, gap = api.pages("elbv2", "describe_rules", "Rules", ListenerArn=arn)
    if gap and "ListenerNotFound" in gap.reason:
        return None  # deleted meanwhile
    if gap:
        raise CallFailed(gap, "")
    own = [rule for rule in rules if not rule.get("IsDefault")]
    kept = [rule for rule in own if not _harmless(sent(rule, "Actions", "elbv2 describe_rules"))]
    redirects = any(_to_https(rule["Actions"]) for rule in own)
    if _to_https(actions) or (redirects and _harmless(actions)):
        default: Json = None
    else:
        default = actions
    if default is None and not kept:
        return None
    return {
        "arn": arn, "port": listener.get("Port"), "actions": default,
        "rules": [{"arn": rule["RuleArn"], "actions": rule["Actions"]} for rule in kept],
    }  # fmt: skip


def _to_https(actions: Sequence[Mapping[str, Any]]) -> bool:
    return any(
        action.get("Type") == "redirect" and (action.get("RedirectConfig") or {}).get("Protocol") == "HTTPS"
        for action in actions
    )


def _harmless(actions: Sequence[Mapping[str, Any]]) -> bool:
    """Sends clients to HTTPS, or answers by a fixed text: nothing of the application goes over plain HTTP."""
    return _to_https(actions) or all(action.get("Type") == "fixed-response" for action in actions)


def _protected(api: Api, arn: str) -> Json:
    where = "elbv2 describe_load_balancer_attributes"
    answer = api.call("elbv2", "describe_load_balancer_attributes", LoadBalancerArn=arn)
    for attribute in sent(answer, "Attributes", where):
        if attribute.get("Key") == _PROTECTED:
            value = sent(attribute, "Value", where)
            if value not in ("true", "false"):
                raise broken(where, f"{_PROTECTED} is neither true nor false")
            return bool(value == "true")
    raise broken(where, f"the answer has no {_PROTECTED}")


DATASETS = (
    Dataset(
        "elbv2.load_balancers", "elbv2", "regional",
        {
            "name": "str", "type": "str: application, network or gateway", "scheme": "str",
            "listeners": "list of PROTOCOL:port, of application load balancers",
            "https": "bool: it has an HTTPS listener",
            "plain": "list of {arn, port, actions, rules}: HTTP listeners that do more than send clients to HTTPS",
            "deletion_protection": "bool",
        },
        load_balancers, one_load_balancer,
        tuple(
            f"elasticloadbalancing:{action}"
            for action in (
                "DescribeLoadBalancers", "DescribeTags", "DescribeListeners", "DescribeRules",
                "DescribeLoadBalancerAttributes",
            )
        ),
    ),
)  # fmt: skip
