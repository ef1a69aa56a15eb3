"""Reads IAM and resource policies by meaning, for every control that needs it (docs/decisions/0016).

Hostile input: any JSON at all gives a Policy or a MalformedPolicy, soon.
"""

from scanners.aws.policy.admin import grants_admin
from scanners.aws.policy.document import MalformedPolicy, Policy, Statement, parse
from scanners.aws.policy.match import matches
from scanners.aws.policy.public import acts_on, covers, open_services, public_statements
from scanners.aws.policy.tls import requires_tls

__all__ = [
    "MalformedPolicy",
    "Policy",
    "Statement",
    "acts_on",
    "covers",
    "grants_admin",
    "matches",
    "open_services",
    "parse",
    "public_statements",
    "requires_tls",
]
