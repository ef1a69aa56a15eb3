"""The process that holds moto: prints its address, then takes orders on standard input until that closes."""

import json
import logging
import sys
from datetime import timedelta


def main() -> None:
    """Serve until standard input closes."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
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
