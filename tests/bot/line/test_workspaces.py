"""Two workspaces in one process: nothing of the one is told, shown, changed or named in the other."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack import SandboxSlack
from scanners.errors import CredentialError
from tests.bot.line.companies import (
    ACME,
    DANA,
    GLOBEX,
    INES,
    PAYMENTS,
    SAM,
    SECRETS,
    SHOP,
    YUKI,
    Companies,
    is_picture,
    new_words,
    open_companies,
    opened_home,
    pressed,
    submitted,
)

REASON = "It holds our public price list"
MADE_UP = {
    "id": "feedbeef" + "0" * 56,
    "team": "nowhere",
    "alias": "yonder",
    "target": "nosuch",
    "bucket": "zqx-wvut",
}
SIDES = {
    ACME: ("acme-payroll", "payments", "payments", "prod"),
    GLOBEX: ("globex-receipts", "shop", "tills", "counter"),
}
GUESSES = (
    "show {id}", "fix {id}", "acknowledge {id}", "start {id}", "snooze {id} --days 3", "fixed {id}", "note {id} hello",
    f'accept {{id}} --reason "{REASON}" --until 30d', f'false-positive {{id}} --reason "{REASON}"', "approve {id}",
    "reject {id}", "revoke {id}", "undo {id}", "reassign {id} --team platform", "not-mine {id}", "scan {target}",
    "release {target}", "findings resource:{bucket}", "findings text:{bucket}", "findings target:{target}",
    "findings team:{team}", "findings team:{alias}", "findings control:s3.public resource:{bucket}",
    'track "Rotate it" --team {team}', 'track "Rotate it" --team {alias}', "reassign {own} --team {team}",
    "not-mine {own} --team {alias}", "findings resource:{bucket} --select",
)  # fmt: skip
CLICKS = (
    ("show", "pf1_{id}"), ("fix", "pf1_{id}"), ("acknowledge", "pf1_{id}"), ("fixed", "pf1_{id}"), ("undo", "pf1_{id}"),
    ("approve", "pf1_{id}"), ("reject", "pf1_{id}"), ("more menu", "menu pf1_{id}"), ("more menu", "snooze pf1_{id}"),
    ("more menu", "note pf1_{id}"), ("choose_accept", "accept pf1_{id}"), ("show_all", "findings team:{team}"),
    ("run_alike", "findings target:{target} state:all"), ("run_show", "show {id}"),
    ("select_shown", '{{"ids": ["pf1_{id}"], "words": "findings"}}'), ("select_shown", '{{"selection": "sel_{sel}"}}'),
)  # fmt: skip


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a dialog would say "Working ..." first, and the answers could not be compared."""
    monkeypatch.setattr("bot.desk.submissions.PATIENCE_S", 2.5)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companies]:
    """Each company has scanned, and has its one message."""
    with open_companies(Path(tmp_path_factory.mktemp("companies"))) as made:
        made.start()
        made.scan()
        for slack, who, channel in ((made.acme, DANA, PAYMENTS), (made.globex, INES, SHOP)):
            new_words(slack, who, lambda s=slack, w=who, c=channel: s.command(w, c, "findings --select"))
        yield made


Side = tuple[SandboxSlack, str, str, str]


@pytest.fixture(params=[(ACME, DANA), (ACME, SAM), (GLOBEX, INES)], ids=["dana", "sam", "ines"])
def side(both: Companies, request: pytest.FixtureRequest) -> Side:
    """A workspace, one of its people, a channel, and the workspace that they must not see."""
    here, who = request.param
    return both.slack(here), who, PAYMENTS if here == ACME else SHOP, GLOBEX if here == ACME else ACME


def guesses(both: Companies, other: str) -> list[dict[str, str]]:
    """The real words of the other side, and made-up ones."""
    bucket, team, alias, target = SIDES[other]
    owner = DANA if other == ACME else INES
    (selection,) = both.rows(f"select id from selections where by = '{owner}' limit 1")
    real = {"id": both.finding(target).removeprefix("pf1_"), "team": team, "alias": alias, "target": target,
            "bucket": bucket, "sel": selection[0].removeprefix("sel_")}  # fmt: skip
    return [real, {**MADE_UP, "sel": "f" * len(real["sel"])}]


def plain(told: str, guess: dict[str, str]) -> str:
    """Without what was typed, what a hint at the nearest name makes of it, and what differs each time."""
    told = re.sub(r" Did you mean [^?]*\?", "", re.sub(r'"block_id": "[^"]*"', "", told))
    for name in ("id", "bucket", "team", "alias", "target", "sel"):
        value = guess[name]
        for length in (len(value), 16, 8):
            told = told.replace(value[:length], f"<{name}>")
    return told.replace("<alias>", "<team>")


def secrets_in(told: object, other: str) -> list[str]:
    """What of the other workspace stands in it."""
    return [secret for secret in SECRETS[other] if re.search(rf"\b{re.escape(secret)}\b", str(told))]


def everything_shown(slack: SandboxSlack) -> str:
    """All that anybody in the workspace has before them."""

    def look() -> str:
        state = slack._state
        return json.dumps([state.messages, state.ephemerals, list(state.views.values())])

    return slack._see(look)


def test_the_posts_of_each_go_to_its_own_workspace_alone(both: Companies) -> None:
    for here, other in ((ACME, GLOBEX), (GLOBEX, ACME)):
        log = both.slack(here).log()
        assert {call["channel"] for call in log if call["method"] == "chat.postMessage"} == {
            PAYMENTS if here == ACME else SHOP
        }
        assert [call for call in log if call["error"] and call["method"].startswith("chat.")] == []
        assert secrets_in(everything_shown(both.slack(here)), other) == []


def test_a_guessed_word_is_answered_like_nothing(both: Companies, side: Side) -> None:
    slack, who, channel, other = side
    own = both.finding("prod" if other == GLOBEX else "counter")
    before = both.kept()
    for words in GUESSES:
        told = [
            plain(
                new_words(slack, who, partial(slack.command, who, channel, words.format(own=own, **guess))),
                guess,
            )
            for guess in guesses(both, other)
        ]
        assert told[0] == told[1], words
    assert both.kept() == before


def test_a_guessed_click_is_answered_like_nothing(both: Companies, side: Side) -> None:
    slack, who, channel, other = side
    before = both.kept()
    for action, value in CLICKS:
        told = []
        for guess in guesses(both, other):
            forged = pressed(slack, who, channel, action, value.format(**guess))
            told.append(
                plain(new_words(slack, who, lambda f=forged: both.deliver(slack, "interactive", f)), guess)
            )
        assert told[0] == told[1], (action, value)
    assert both.kept() == before


DIALOGS: tuple[tuple[str, Any, dict[str, str]], ...] = (
    ("decide", {"verb": "note", "finding": "pf1_{id}", "seen": 999}, {"text": "hello"}),
    ("decide", {"verb": "snooze", "finding": "pf1_{id}", "seen": 999}, {"days": "3"}),
    ("decide", {"verb": "approve", "finding": "pf1_{id}", "seen": 999}, {}),
    ("decide", {"verb": "reassign", "finding": "pf1_{id}", "seen": 999}, {"team": "platform"}),
    ("decide", {"verb": "reassign", "finding": "{own}", "seen": 999}, {"team": "{team}"}),
    ("decide", {"verb": "not-mine", "finding": "{own}", "seen": 999}, {"team": "{alias}"}),
    ("decide", {"verb": "reassign", "finding": "{own}", "seen": 999}, {"text": "x", "team": "{team}"}),
    ("decide", "pf1_{id}", {}),
    ("bulk_verb", {"selection": "sel_{sel}", "counts": {"critical": 1}}, {"verb": "acknowledge"}),
    ("bulk_form", {"verb": "snooze", "selection": "sel_{sel}"}, {"days": "3"}),
    ("bulk_confirm", {"verb": "acknowledge", "selection": "sel_{sel}", "options": {}}, {}),
    ("search", {}, {"words": "{bucket}"}),
    ("search", {}, {"words": "team:{team}"}),
    ("track_message", {"channel": "C0X"}, {"words": "Rotate it", "team": "{team}"}),
)


def test_a_guessed_dialog_is_answered_like_nothing(both: Companies, side: Side) -> None:
    slack, who, _channel, other = side
    own = both.finding("prod" if other == GLOBEX else "counter")
    before = both.kept()
    for callback, carried, typed in DIALOGS:
        told = []
        for guess in guesses(both, other):
            text = json.dumps([carried, typed])
            for name, value in {**guess, "own": own}.items():
                text = text.replace("{" + name + "}", value)
            filled, put_in = json.loads(text)
            answer = both.deliver(slack, "interactive", submitted(slack, who, callback, filled, **put_in))
            assert answer.acked
            told.append(plain(json.dumps(answer.response), guess))
        assert told[0] == told[1], (callback, carried)
        assert secrets_in(told[0].replace(own, ""), other) == []
    assert both.kept() == before


def test_what_is_told_unasked_names_nothing_of_the_other(both: Companies, side: Side) -> None:
    slack, who, channel, other = side
    for words in ("status", "findings", "findings state:all", "help", "undo", "release", "scan nosuch",
                  "track x --team nowhere", "findings team:nowhere", "approve ffff", "digest", "summary", "summary all"):  # fmt: skip
        told = new_words(slack, who, lambda w=words: slack.command(who, channel, w))
        assert secrets_in(told, other) == [], words
    pictures = slack.wait_for(
        lambda: [m for m in slack.ephemerals(who) if is_picture(m)], 20, "the summary's picture"
    )
    assert secrets_in(pictures, other) == []
    slack.open_home(who)
    home = slack.wait_for(lambda: slack.home(who), 10, "the Home")
    assert secrets_in(home, other) == []
    assert ("acme-payroll" if other == GLOBEX else "globex-receipts") in str(home)


def test_its_own_finding_names_its_own_people_and_links_into_its_own_workspace(
    both: Companies, side: Side
) -> None:
    slack, who, channel, other = side
    here = "acme" if other == GLOBEX else "globex"
    own = both.finding("prod" if here == "acme" else "counter")
    told = new_words(slack, who, lambda: slack.command(who, channel, f"show {own}"))
    assert f"https://{here}.slack.com/archives/{channel}/p" in told
    assert secrets_in(told, other) == []
    # A refusal tells who could: here, and not in the other company.
    stranger = "U0NOTEAM" if here == "acme" else YUKI
    told = new_words(slack, stranger, lambda: slack.command(stranger, channel, f"approve {own}"))
    assert secrets_in(told, other) == []


def test_every_dialog_lists_the_teams_of_its_own_workspace(both: Companies, side: Side) -> None:
    slack, who, channel, other = side
    own = both.finding("prod" if other == GLOBEX else "counter")
    for verb in ("reassign", "not-mine", "accept", "menu"):
        forged = pressed(slack, who, channel, "more menu", f"{verb} {own}")
        assert (
            secrets_in(new_words(slack, who, lambda f=forged: both.deliver(slack, "interactive", f)), other)
            == []
        )
    ts = slack.say(who, channel, "Please rotate this key")
    told = new_words(slack, who, lambda: slack.shortcut(who, "track_message", channel, ts))
    assert secrets_in(told, other) == []


@pytest.mark.parametrize("team", ["T0NOWHERE", GLOBEX, ""])
def test_a_payload_of_a_workspace_that_is_not_served_there_is_ignored(both: Companies, team: str) -> None:
    slack, before = both.acme, both.kept()
    shown = [everything_shown(both.acme), everything_shown(both.globex)]
    finding = both.finding("prod")  # her own: only the team is wrong
    for made in (
        pressed(slack, DANA, PAYMENTS, "acknowledge", finding),
        submitted(slack, DANA, "decide", {"verb": "acknowledge", "finding": finding}),
    ):
        both.deliver(slack, "interactive", {**made, "team_id": team, "team": {"id": team}})
    both.deliver(
        slack, "event", {**opened_home(slack, DANA), "team_id": team, "authorizations": [{"team_id": team}]}
    )
    new_words(slack, DANA, lambda: slack.command(DANA, PAYMENTS, "help"))  # and it lives
    assert both.kept() == before
    assert everything_shown(both.globex) == shown[1]


def test_the_same_delivery_id_in_two_workspaces_is_two_deliveries(both: Companies) -> None:
    for slack, user in ((both.acme, DANA), (both.globex, INES)):
        payload = opened_home(slack, user) | {"event_id": "Ev0SAME"}
        calls = len([call for call in slack.log() if call["method"] == "views.publish"])
        both.deliver(slack, "event", payload)
        slack.wait_for(
            lambda s=slack, n=calls: len([c for c in s.log() if c["method"] == "views.publish"]) > n or None,
            5,
            "Home",
        )


def test_a_restart_keeps_the_walls(tmp_path: Path) -> None:
    with open_companies(tmp_path) as both:
        both.start()
        both.scan()
        both.stop()
        both.start()
        for slack, who, channel, other in (
            (both.acme, DANA, PAYMENTS, GLOBEX),
            (both.globex, INES, SHOP, ACME),
        ):
            target = "counter" if other == GLOBEX else "prod"
            told = new_words(slack, who, lambda: slack.command(who, channel, f"show {both.finding(target)}"))  # noqa: B023
            assert "No finding starts with" in told
            assert secrets_in(everything_shown(slack), other) == []


def test_one_app_in_two_workspaces_is_told_apart_by_the_payloads_team(tmp_path: Path) -> None:
    with open_companies(tmp_path, one_app=True) as both:
        process = both.start()
        assert len(process.ways_in) == 1
        both.scan()
        other = both.finding("prod")
        told = new_words(both.globex, INES, lambda: both.type(both.globex, INES, SHOP, f"show {other}"))
        assert "No finding starts with" in told
        told = new_words(
            both.globex, INES, lambda: both.type(both.globex, INES, SHOP, f"show {both.finding('counter')}")
        )
        assert "globex-receipts" in told
        before = both.kept()
        forged = pressed(both.globex, INES, SHOP, "acknowledge", other)
        new_words(both.globex, INES, lambda: both.deliver(both.acme, "interactive", forged))
        assert both.kept() == before
        for here, there in ((ACME, GLOBEX), (GLOBEX, ACME)):
            assert secrets_in(everything_shown(both.slack(here)), there) == []


def test_signed_http_with_a_secret_for_each(tmp_path: Path) -> None:
    with open_companies(tmp_path, http=True) as both:
        both.start()
        both.scan()
        other, before = both.finding("prod"), both.kept()
        told = new_words(both.globex, INES, lambda: both.globex.command(INES, SHOP, f"show {other}"))
        assert "No finding starts with" in told
        # Signed by globex and said to be of acme: the signature decides, and there nobody serves acme.
        forged = pressed(both.acme, DANA, PAYMENTS, "acknowledge", other)
        both.deliver(both.globex, "interactive", forged)
        assert "open" in new_words(
            both.acme, DANA, lambda: both.acme.command(DANA, PAYMENTS, f"show {other}")
        )
        assert both.kept() == before


def test_the_token_of_the_wrong_workspace_is_one_clear_error(tmp_path: Path) -> None:
    with open_companies(tmp_path) as both:
        settings = both.settings
        acme, globex = settings.workspaces
        from dataclasses import replace

        from bot.process import Process
        from storage.store import Store

        mixed = replace(globex, bot_token=acme.bot_token, api_url=acme.api_url)
        process = Process(
            replace(settings, workspaces=(acme, mixed)), Store(both.path), both.scanner, acme_now
        )
        with pytest.raises(CredentialError) as error:
            process.start()
        process.stop()
        assert str(error.value) == (
            "SLACK_BOT_TOKEN_T0GLOBEX is the token of T0ACME, not of T0GLOBEX. Nothing was sent."
            " Set the right token, or mend [[workspace]] id."
        )
        assert [
            call
            for slack in (both.acme, both.globex)
            for call in slack.log()
            if call["method"].startswith("chat.")
        ] == []


def acme_now() -> Any:
    """The clock."""
    from datetime import UTC, datetime

    return datetime.now(UTC)
