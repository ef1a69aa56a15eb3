"""Read by Prowler's interpreter at its start: S3 Control writes the account before the host, and that must lead home too."""

import socket

_resolve = socket.getaddrinfo


def _home(host, *rest, **more):  # type: ignore[no-untyped-def]
    return _resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)


socket.getaddrinfo = _home
