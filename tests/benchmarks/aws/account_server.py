"""The process that builds the account and serves it: `python -m tests.benchmarks.aws.account_server SEED SIZE REGIONS FILE`.

Plain moto: of the sandbox's amendments only what changes no answer. It builds in its own process (no socket between),
writes the truth to FILE, prints its address, and ends when standard input closes.
"""

import json
import logging
import os
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from bot.sandbox.aws.moto_main import do_once
from tests.benchmarks.aws import buckets, databases, machines, networks, people, services, watching
from tests.benchmarks.aws.site import ACCOUNT, REGIONS, Site
from tests.benchmarks.aws.truth import NONE

# Shares of an account, in thousandths of its resources.
_SHARES = {
    "users": 100, "roles": 45, "policies": 45, "buckets": 105, "groups": 115, "instances": 110, "templates": 20,
    "volumes": 50, "snapshots": 55, "networks": 70, "databases": 45, "database snapshots": 30, "keys": 50,
    "logs": 60, "topics": 40, "queues": 40, "functions": 50, "repositories": 35, "secrets": 35, "balancers": 20,
    "clusters": 8, "tables": 30, "file systems": 20,
}  # fmt: skip


_SMALL = 400


def build(site: Site, size: int, *, managed: bool) -> None:
    """About `size` resources, those included that each region has from the beginning."""
    networks_there = 8 * len(site.regions)
    rest = max(60, round((size - networks_there - 12) * (0.95 if size > 400 else 1)))
    share = {name: max(1, round(rest * part / sum(_SHARES.values()))) for name, part in _SHARES.items()}
    people.build_account(site, managed=managed)
    people.build_users(site, share["users"], managed=managed)
    people.build_groups_and_roles(site, share["roles"])
    people.build_policies(site, share["policies"])
    block = buckets.build_account_block(site)
    buckets.build_buckets(site, share["buckets"], block)
    machines.build_groups(site, share["groups"])
    machines.build_groups_by_list(site, 1 + share["groups"] // 30)
    machines.build_volumes(site, share["volumes"])
    machines.build_instances(site, share["instances"])
    machines.build_snapshots(site, share["snapshots"])
    machines.say_root_volumes(site)
    machines.build_templates(site, share["templates"])
    networks.build_networks(site, share["networks"])
    databases.build_database_snapshots(site, share["database snapshots"])
    databases.build_databases(site, share["databases"])
    databases.say_automatic_snapshots(site)
    watching.build_trails(site, 2 + min(6, size // 300))
    watching.build_recorders(site)
    watching.build_log_groups(site, share["logs"])
    watching.build_keys(site, share["keys"])
    for name, make in (
        ("topics", services.build_topics), ("queues", services.build_queues), ("functions", services.build_functions),
        ("repositories", services.build_repositories), ("secrets", services.build_secrets),
        ("tables", services.build_tables), ("file systems", services.build_file_systems),
        ("balancers", services.build_balancers), ("clusters", services.build_clusters),
    ):  # fmt: skip
        make(site, share[name])
    machines.switch_default_encryption(site)
    _say_the_rest_of_iam(site)


def _say_the_rest_of_iam(site: Site) -> None:
    """Roles and groups that were made for another thing's sake have no policy of their own."""
    iam = site.client("iam")
    found = [each["Arn"] for page in iam.get_paginator("list_roles").paginate() for each in page["Roles"]]
    found += [each["Arn"] for page in iam.get_paginator("list_groups").paginate() for each in page["Groups"]]
    for arn in found:
        if ("iam.inline_admin", arn, "") not in site.truth.said:
            site.truth.say("iam.inline_admin", arn, NONE, "no inline policy")


def _read_models_once() -> None:
    """botocore reads its JSON anew for every session."""
    import botocore.session

    made: Any = botocore.session
    made.create_loader = cache(made.create_loader)


def _keep_few_of_awss_policies() -> None:
    """Of AWS's own 1,400 policies those that are attached to somebody here: making them all takes two seconds."""
    import moto.iam.models

    held: Any = moto.iam.models
    every = json.loads(held.aws_managed_policies_data)
    names = [arn.rsplit("/", 1)[-1] for arn in (people.ADMINISTRATOR, people.SUPPORT, people.READER)]
    held.aws_managed_policies_data = json.dumps({name: every[name] for name in names})


def _client_maker() -> Any:
    import boto3
    from botocore.config import Config

    session = boto3.Session("sandbox", "sandbox", region_name="us-east-1")
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return lambda service, region: session.client(service, region_name=region, config=config)


def main() -> None:
    """Build, serve, end."""
    seed, size, regions, truth = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(","), Path(sys.argv[4])
    # AWS's own policies are read from the environment when moto is imported.
    managed = seed % 2 == 1
    os.environ |= {
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_ACCOUNT_ID": ACCOUNT, "AWS_CONFIG_FILE": os.devnull,
        "MOTO_IAM_LOAD_MANAGED_POLICIES": str(managed).lower(),
    }  # fmt: skip
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT")]:
        del os.environ[name]
    _read_models_once()
    from moto import mock_aws
    from moto.server import ThreadedMotoServer

    do_once()
    if managed and size <= _SMALL:
        _keep_few_of_awss_policies()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    began = time.perf_counter()
    mock = mock_aws()
    mock.start()
    site = Site(seed, regions, _client_maker())
    build(site, size, managed=managed)
    mock.stop(remove_data=False)
    truth.write_text(site.truth.dump())
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port} {site.resources} {time.perf_counter() - began:.1f}", flush=True)
    sys.stdin.read()
    os._exit(0)  # nothing here is worth putting in order


if __name__ == "__main__":
    main()


__all__ = ["REGIONS", "build", "main"]
