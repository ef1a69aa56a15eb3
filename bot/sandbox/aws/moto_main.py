"""The process that holds moto: prints its address, then takes orders on standard input until that closes."""

import json
import logging
import sys
from datetime import timedelta
from functools import cache
from typing import Any

from bot.sandbox.aws.analyzers import serve_analyzers


def main() -> None:
    """Serve until standard input closes."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    _make_no_automatic_backups()
    _say_of_every_database_whether_it_is_public()
    _name_root_in_the_credential_report()
    do_once()
    serve_analyzers()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    for line in sys.stdin:
        try:
            _age(**json.loads(line))
            print("done", flush=True)
        except Exception as error:
            print(f"{type(error).__name__}: {error}", flush=True)
    server.stop()


def do_once() -> None:
    """What moto does for each request, service or key, though it comes out the same: a quarter of its time.

    It looks for the service of a request through its folders and two hundred patterns, reads AWS's service models with
    a reader that forgets, lists all services for each name, and makes a real RSA key for every KMS key, with which
    nobody here signs.
    """
    from moto.core import utils
    from moto.kms import models
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    DomainDispatcherApplication.get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)
    utils.create_loader = cache(utils.create_loader)
    utils.Session = cache(utils.Session)
    models.generate_private_key = cache(models.generate_private_key)


def _make_no_automatic_backups() -> None:
    """moto names them by the minute: a database that is restored under its old name soon after would clash."""
    from moto.rds.models import DBInstance

    DBInstance.save_automated_backup = lambda _self: None


def _say_of_every_database_whether_it_is_public() -> None:
    """moto leaves it out where nobody said it at creation; on AWS every answer has it."""
    from moto.rds.models import DBInstance

    begin = DBInstance.__init__

    def as_aws(instance: DBInstance, *given: Any, **named: Any) -> None:
        begin(instance, *given, **named)
        if instance.publicly_accessible is None:
            instance.publicly_accessible = False

    DBInstance.__init__ = as_aws


def _name_root_in_the_credential_report() -> None:
    """moto leaves root out; on AWS it is the first line of every report. This one was never used."""
    from moto.iam.models import IAMBackend

    whole = IAMBackend.get_credential_report

    def with_root(backend: IAMBackend) -> str:
        head, _, users = whole(backend).partition("\n")
        made = "2024-01-15T09:00:00+00:00"
        nothing = ["false", "N/A", "N/A", "N/A", "N/A"]
        password = ["not_supported", "no_information", "not_supported", "not_supported", "false"]
        root = [
            "<root_account>",
            f"arn:aws:iam::{backend.account_id}:root",
            made,
            *password,
            *nothing,
            *nothing,
        ]
        return f"{head}\n{','.join([*root, 'false', 'N/A', 'false', 'N/A'])}\n{users}"

    IAMBackend.get_credential_report = with_root


def _age(user: str, key: str, days: int) -> None:
    """What a hundred days of waiting would do; there is no call of the API for it."""
    from moto.iam.models import iam_backends

    from bot.sandbox.aws.server import ACCOUNT

    whose = iam_backends[ACCOUNT]["aws"].users[user]
    if not key:
        whose.create_date -= timedelta(days=days)
        return
    for found in whose.access_keys:
        if found.access_key_id == key:
            found.create_date -= timedelta(days=days)
            return
    raise KeyError(key)


if __name__ == "__main__":
    main()
