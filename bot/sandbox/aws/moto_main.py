"""The process that holds moto: prints its address, then takes orders on standard input until that closes."""

import json
import logging
import sys
from datetime import timedelta
from typing import Any


def main() -> None:
    """Serve until standard input closes."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    _make_no_automatic_backups()
    _say_of_every_database_whether_it_is_public()
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


def _make_no_automatic_backups() -> None:
    """moto names them by the minute: a database that is restored under its old name soon after would clash."""
    from moto.rds.models import DBInstance

    DBInstance.save_automated_backup = lambda _self: None  # type: ignore[assignment, method-assign]


def _say_of_every_database_whether_it_is_public() -> None:
    """moto leaves it out where nobody said it at creation; on AWS every answer has it."""
    from moto.rds.models import DBInstance

    begin = DBInstance.__init__

    def as_aws(instance: DBInstance, *given: Any, **named: Any) -> None:
        begin(instance, *given, **named)
        if instance.publicly_accessible is None:
            instance.publicly_accessible = False

    DBInstance.__init__ = as_aws  # type: ignore[assignment, method-assign]


def _age(user: str, key: str, days: int) -> None:
    """What a hundred days of waiting would do; there is no call of the API for it."""
    from moto.iam.models import iam_backends

    from bot.sandbox.aws.server import ACCOUNT

    for found in iam_backends[ACCOUNT]["aws"].users[user].access_keys:
        if found.access_key_id == key:
            found.create_date -= timedelta(days=days)
            return
    raise KeyError(key)


if __name__ == "__main__":
    main()
