"""What people type and what tags say: no reason, note, link or name pings, formats, leaks or breaks the store."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import blockkit
from bot.messages.documents_reply import reply_document
from bot.messages.fix_view import finding_view
from bot.messages.replies import draw, draw_error
from bot.messages.terminal import text
from commands.model import Arguments
from commands.registry import COMMANDS
from commands.reply import Decided, FindingDetail, Reply
from scanners.errors import PatrolError
from scanners.model import Json, Severity, Verdict
from storage.ledger import verify
from storage.rebuild import compare, replay
from storage.selections import freeze
from storage.store import Store
from tests.bot.messages.stage import HOSTILE, Stage, open_stage, rendered, verdict

SECRETS = (
    "xoxb-123456789012-abcdefABCDEF",
    "ghp_abcdefghijklmnopqrstuvwxyz012345",
    "DB_PASSWORD=hunter2hunter2",
    "https://dana:s3cr3tpassw0rd@git.example.com/x",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----",
)
LEAKS = ("abcdefABCDEF", "abcdefghijklmnopqrstuvwxyz", "hunter2", "s3cr3tpassw0rd", "MIIEabc")
NASTY = (
    *HOSTILE,
    *SECRETS,
    "' or 1=1; drop table findings; --",
    "{{7*7}} ${HOME} %s {0}",
    "\x00\x1b]0;x\x07",
    "\u2066<!here>\u2069",
)
PING = re.compile(r"<(?:!(?!date\^)|@(?!U0(?:DEV1|DEV2|LEAD|SEC)>)|#)|<https?://evil")
LONG = "Because the bucket holds the price list, that is why: "


def sound(message: Mapping[str, Json]) -> None:
    assert blockkit.problems(message) == []
    whole = rendered(message)
    assert not PING.search(whole), whole
    assert not any(leak in json.dumps(message) for leak in LEAKS)
    json.dumps(message).encode("utf-8")


def hostile_tags(word: str, **given: object) -> Verdict:
    made = verdict(severity=Severity.LOW, **given)  # type: ignore[arg-type]
    return replace(made, resource=replace(made.resource, tags={word: word, "team": word, "owner": word}))


def acts(stage: Stage, verb: str, actor: str, *words: str, **options: str) -> Iterator[Mapping[str, Json]]:
    """As a dialog hands it over, without the parser between: what Slack would be sent."""
    reply: Reply
    try:
        reply = COMMANDS[verb].run(stage.context(actor), Arguments(words, options))
    except PatrolError as error:
        yield draw_error(error)
        return
    yield draw(reply)
    assert all(line.isprintable() for line in text(reply).split("\n"))
    json.dumps(reply_document(reply), ensure_ascii=True).encode()
    if isinstance(reply, Decided):
        detail = stage.say(f"show {reply.view.finding.id}")
        assert isinstance(detail, FindingDetail)
        yield draw(detail)
        view = finding_view(detail)
        assert blockkit.problems_view(view) == []
        assert not any(leak in json.dumps(view) for leak in LEAKS)


def whole(store: Store) -> None:
    with store.read() as connection:
        assert verify(connection).broken_at is None
        assert compare(connection).equal
        replay(connection)


def everything(stage: Stage, word: str) -> None:
    """Every verb with `word` wherever it takes one, and every message that comes of it."""
    stage.see(hostile_tags(word))
    made = stage.id()
    said = LONG + word
    for verb, actor, words, options in (
        ("start", "U0DEV1", (made,), {"link": f"https://git.example.com/{word}"}),
        ("start", "U0DEV1", (made,), {"link": word}),
        ("note", "U0DEV1", (made, word), {}),
        ("accept", "U0DEV1", (made,), {"reason": said, "until": word}),
        ("accept", "U0DEV1", (made,), {"reason": said, "until": "9d"}),
        ("reject", "U0LEAD", (made,), {"reason": word}),
        ("false-positive", "U0DEV1", (made,), {"reason": said}),
        ("approve", "U0LEAD", (made,), {}),
        ("revoke", "U0LEAD", (made,), {"reason": word}),
        ("undo", "U0LEAD", (), {}),
        ("revoke", "U0LEAD", (made,), {}),
        ("snooze", "U0DEV1", (made,), {"days": word}),
        ("reassign", "U0DEV1", (made,), {"team": word}),
        ("not-mine", "U0DEV1", (made,), {"team": word}),
        ("undo", "U0LEAD", (word,), {}),
        ("acknowledge", "U0DEV1", (word,), {}),
        ("acknowledge", "U0DEV1", (f"sel_{word}",), {}),
        ("acknowledge", "U0DEV1", (made,), {"seen": word}),
        ("track", "U0DEV1", (word,), {"team": "payments", "severity": word}),
        ("track", "U0DEV1", (word,), {"team": "payments"}),
        ("track", "U0DEV1", (word + "!",), {"team": "payments", "link": f"https://x.example/{word}"}),
    ):  # fmt: skip
        for message in acts(stage, verb, actor, *words, **options):
            sound(message)
    with stage.store.write() as connection:
        chosen = freeze(connection, [made], "U0DEV1", f"findings resource:{word}", stage.now).id
    for options in ({"reason": said}, {"reason": said, "yes": "yes"}):
        for message in acts(stage, "false-positive", "U0DEV1", chosen, **options):
            sound(message)
    stage.later(days=30)
    stage.see(hostile_tags(word + "2", evidence={"public": word, word: word}))
    for kind in ("control", "scan", "history", "ask"):
        for at in range(len(stage.posts(kind))):
            sound(stage.draw(kind, at))
    whole(stage.store)


@pytest.mark.parametrize("word", NASTY, ids=range(len(NASTY)))
def test_hostile_words_reach_no_message_unescaped_and_break_no_store(stage: Stage, word: str) -> None:
    everything(stage, word)


@given(st.text(st.characters(), max_size=60))
@settings(
    max_examples=12, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_any_words_at_all(tmp_path_factory: pytest.TempPathFactory, word: str) -> None:
    stage = open_stage(tmp_path_factory.mktemp("any"))
    everything(stage, word)
    stage.store.close()


def test_ten_thousand_letters_are_told_not_stored(stage: Stage) -> None:
    stage.see(verdict())
    for verb, words, options in (
        ("note", (stage.id(), "x" * 10_000), {}),
        ("accept", (stage.id(),), {"reason": "x" * 10_000, "until": "9d"}),
        ("false-positive", (stage.id(),), {"reason": "x" * 10_000}),
        ("start", (stage.id(),), {"link": "https://x.example/" + "x" * 10_000}),
    ):
        with pytest.raises(PatrolError, match="10,000|--link takes an address"):
            COMMANDS[verb].run(stage.context(), Arguments(words, options))
    with stage.store.read() as connection:
        assert connection.execute("select max(length(data)) from events where actor <> 'scan'").fetchone()[
            0
        ] in (None, 0)


def test_the_words_above_take_every_verb_to_its_end(stage: Stage) -> None:
    """Else hostile words would be harmless because nothing happened."""
    everything(stage, "plain")
    with stage.store.read() as connection:
        kinds = {row["kind"] for row in connection.execute("select kind from events")}
    assert kinds >= {
        "started",
        "noted",
        "requested",
        "rejected",
        "approved",
        "revoked",
        "undone",
        "opened",
        "lapsed",
        "retagged",
    }
