"""`patrol aws policy`: the IAM policy that the role of a scan needs, and nothing beyond it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.cli.invocation import Invocation, parse
from scanners.errors import UsageError

HELP = """
patrol aws policy [--controls ID,...] [--events QUEUE] [--security-hub] [--format json|terraform|cloudformation]

The least-privilege IAM policy of a scan: the actions that the chosen controls' data needs, all of them reads.
--controls takes ids and wildcards: --controls 's3.*',iam.root_mfa. All controls where it is left out.
--events takes the URL of a queue of events, and adds what reading it needs (docs/continuous.md).
--security-hub adds what a target of the kind securityhub needs (docs/imports.md).
"""
FORMATS = ("json", "terraform", "cloudformation")
HUB = "security-hub"


def run(words: Sequence[str]) -> int:
    """Print the policy; returns the exit code."""
    invocation = parse(words, own=("controls", "events"), flags=(HUB,), formats=FORMATS)
    if invocation.words != ("policy",):
        raise UsageError(
            "Usage: patrol aws policy [--controls ID,...] [--events QUEUE] [--security-hub]"
            " [--format json|terraform|cloudformation]"
        )
    print(written(invocation.format, _policy(invocation)))
    return 0


def _policy(invocation: Invocation) -> dict[str, Any]:
    from scanners.aws.datasets import DATASETS
    from scanners.aws.least_privilege import actions, policy
    from scanners.aws.securityhub import PERMISSIONS
    from scanners.controls import load_controls

    wanted = tuple(part.strip() for part in invocation.options.get("controls", "").split(",") if part.strip())
    if "controls" in invocation.options and not wanted:
        raise UsageError("--controls is empty. Write it like --controls s3.public,iam.*, or leave it out.")
    hub = PERMISSIONS if HUB in invocation.options else ()
    made = policy([*actions(load_controls(wanted), DATASETS), *hub])
    if "events" in invocation.options:
        made["Statement"].append(_of_queue(invocation.options["events"]))
    return made


def _of_queue(url: str) -> dict[str, Any]:
    """What may be done with the queue of events, and with no other."""
    from scanners.aws.events.options import queue_arn
    from scanners.aws.events.queue import PERMISSIONS

    return {"Sid": "Events", "Effect": "Allow", "Action": list(PERMISSIONS), "Resource": queue_arn(url)}


def written(form: str, policy: Mapping[str, Any]) -> str:
    """The policy as JSON, or within the resource that makes it."""
    if form == "terraform":
        body = "\n".join(f"  {line}" for line in json.dumps(policy, indent=2).splitlines()).lstrip()
        return (
            'resource "aws_iam_policy" "patrol" {\n'
            '  name        = "patrol-scan"\n'
            '  description = "What Patrol reads"\n'
            f"  policy      = jsonencode({body})\n"
            "}"
        )
    if form == "cloudformation":
        properties = {
            "ManagedPolicyName": "patrol-scan",
            "Description": "What Patrol reads",
            "PolicyDocument": policy,
        }
        resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
        template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"PatrolScan": resource}}
        return json.dumps(template, indent=2)
    return json.dumps(policy, indent=2)
