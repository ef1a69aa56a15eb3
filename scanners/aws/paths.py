"""The path of an IAM user: part of the ARN, and in none of the events that change the user.

A targeted check may leave it open ("arn:aws:iam::123456789012:user/*/alice"); names are unique whatever the path.
"""

from dataclasses import replace

from scanners.aws.api import CallFailed
from scanners.aws.collector import Collector
from scanners.aws.gather import Wanted

ANY_PATH = ":user/*/"


def settled(collector: Collector, wanted: Wanted) -> Wanted:
    """The same with the path as IAM tells it. Where it tells none (gone, refused) the check itself will say so."""
    if ANY_PATH not in wanted.only:
        return wanted
    try:
        user = collector.call("iam", "get_user", "", {"UserName": wanted.only.rsplit("/", 1)[-1]})["User"]
        return replace(wanted, only=str(user["Arn"]))
    except (CallFailed, KeyError, TypeError):
        return wanted
