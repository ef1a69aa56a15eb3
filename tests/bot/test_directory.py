"""Who is in the groups and channels that hold a role: asked of a Web API on loopback that answers by script."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.directory import CHANNELS, GROUPS, MOST_PAGES, Directory
from bot.features import Features
from bot.slack import Slack, web_client
from commands.people import Organisation, Person, Role, Team
from storage.store import Store

Answer = Callable[[str, dict[str, str]], dict[str, Any]]
TEAM = Team("payments", "C0PAY", leads=("S0LEADS",), members=("C0PAY", "U0DEV1"))
ORGANISATION = Organisation((TEAM,), security=("G0SEC",))


class Wire:
    """`answer` is asked for each call; `asked` keeps them."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _method, _given: {"ok": False, "error": "fatal_error"}
        self.asked: list[tuple[str, dict[str, str]]] = []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                given = {key: values[0] for key, values in parse_qs(body).items()}
                method = self.path.rpartition("/")[2].partition("?")[0]
                given |= {key: values[0] for key, values in parse_qs(self.path.partition("?")[2]).items()}
                wire.asked.append((method, given))
                raw = json.dumps(wire.answer(method, given)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def features() -> Features:
    return Features()


@pytest.fixture
def directory(wire: Wire, features: Features, tmp_path: Path) -> Iterator[Directory]:
    store = Store(tmp_path / "patrol.db")
    slack = Slack(web_client("xoxb-1", f"http://127.0.0.1:{wire.server.server_port}/api/"))
    yield Directory(ORGANISATION, store, slack, features, lambda: datetime.now(UTC))
    store.close()


MEMBERS = {"C0PAY": ["U0A", "U0B", "U0C", "U0D", "U0E"], "G0SEC": ["U0SEC"]}


def _well(method: str, given: dict[str, str]) -> dict[str, Any]:
    """Everybody, two at a time whatever was asked: Slack gives fewer when it likes."""
    if method == "usergroups.users.list":
        return {"ok": True, "users": ["U0LEAD"]}
    start = int(given.get("cursor") or 0)
    everyone = MEMBERS[given["channel"]]
    following = str(start + 2) if start + 2 < len(everyone) else ""
    page = everyone[start : start + 2]
    return {"ok": True, "members": page, "response_metadata": {"next_cursor": following}}


def _but(refused: str, error: str) -> Answer:
    """As `_well`, except that Slack refuses to speak of `refused`."""

    def answer(method: str, given: dict[str, str]) -> dict[str, Any]:
        return {"ok": False, "error": error} if refused in given.values() else _well(method, given)

    return answer


def test_everyone_in_a_channel_or_group_has_its_role(wire: Wire, directory: Directory) -> None:
    wire.answer = _well
    directory.refresh_groups()
    found = directory.organisation
    assert found.groups == {
        "C0PAY": frozenset(MEMBERS["C0PAY"]), "G0SEC": frozenset({"U0SEC"}), "S0LEADS": frozenset({"U0LEAD"}),
    }  # fmt: skip
    assert Role.MEMBER in found.roles(Person("U0E"), "payments")
    assert Role.SECURITY in found.roles(Person("U0SEC"), "payments")
    assert [given.get("cursor", "") for method, given in wire.asked if given.get("channel") == "C0PAY"] == [
        "",
        "2",
        "4",
    ]


@pytest.mark.parametrize("error", ["missing_scope", "channel_not_found", "not_in_channel"])
def test_a_channel_that_cannot_be_read_keeps_whom_it_had(
    wire: Wire, directory: Directory, features: Features, error: str
) -> None:
    wire.answer = _well
    directory.refresh_groups()
    wire.answer = _but("C0PAY", error)
    directory.refresh_groups()
    assert directory.organisation.groups["C0PAY"] == frozenset(MEMBERS["C0PAY"])
    (told,) = features.problems()
    assert told.startswith(f"{CHANNELS}: C0PAY: Slack refused conversations.members: {error}.")


def test_a_narrowed_feature_is_told_once_and_heals(
    wire: Wire, directory: Directory, features: Features, caplog: pytest.LogCaptureFixture
) -> None:
    """G0SEC, which can be read, must not heal what C0PAY narrowed: it would be told anew each time."""
    wire.answer = _but("C0PAY", "missing_scope")
    for _time in range(3):
        directory.refresh_groups()
    assert [r.getMessage() for r in caplog.records if "narrowed" in r.getMessage()] != []
    assert len([r for r in caplog.records if "narrowed" in r.getMessage()]) == 1
    assert len(features.problems()) == 1
    wire.answer = _well
    directory.refresh_groups()
    assert features.problems() == ()


def test_half_of_a_channel_is_no_answer(wire: Wire, directory: Directory, features: Features) -> None:
    wire.answer = _well
    directory.refresh_groups()

    def breaks_off(method: str, given: dict[str, str]) -> dict[str, Any]:
        return {"ok": False, "error": "fatal_error"} if given.get("cursor") == "2" else _well(method, given)

    wire.answer = breaks_off
    directory.refresh_groups()
    assert directory.organisation.groups["C0PAY"] == frozenset(MEMBERS["C0PAY"])
    assert features.problems() == ()  # Slack's bad moment is no lost feature


def test_a_list_of_people_that_never_ends_is_no_answer(wire: Wire, directory: Directory) -> None:
    def endless(method: str, given: dict[str, str]) -> dict[str, Any]:
        following = {"response_metadata": {"next_cursor": "2"}} if given.get("channel") == "C0PAY" else {}
        return {**_well(method, given), **following}

    wire.answer = endless
    directory.refresh_groups()
    assert "C0PAY" not in directory.organisation.groups
    assert len([1 for _method, given in wire.asked if given.get("channel") == "C0PAY"]) == MOST_PAGES


def test_a_group_that_was_deleted_loses_whom_it_had(
    wire: Wire, directory: Directory, features: Features
) -> None:
    wire.answer = _well
    directory.refresh_groups()
    wire.answer = _but("S0LEADS", "no_such_subteam")
    directory.refresh_groups()
    assert "S0LEADS" not in directory.organisation.groups
    assert features.problems()[0].startswith(f"{GROUPS}: S0LEADS: ")
