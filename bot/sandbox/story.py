"""`patrol demo --once`: the whole story without a person, each step seen to work and timed."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.sandbox.aws import REGIONS, apply_fix
from bot.sandbox.stage import TARGET, TEAM_CHANNEL, Stage
from bot.times import now_utc
from scanners.errors import PatrolError
from storage.ledger import verify
from storage.queries import Filter, list_findings
from storage.rebuild import compare

T = TypeVar("T")
Json = dict[str, Any]
DANA = "U0DEV1"
SUMMARY = "First scan of"
BUCKET = "acme-invoices"
FIRST, SECOND = 1, 2  # fixes of the summary, by their number
CLOSED = ("s3.account_public_access_block", "s3.bucket_public_access_block", "s3.public")
QUIET_S = 2.5


class NotSeen(PatrolError):
    """A step of the story did not show what it should."""


@dataclass
class Story:
    """Plays the steps on `stage`, telling each by `say`."""

    stage: Stage
    say: Callable[[str], None]
    _steps: int = 0
    _began: float = field(default_factory=time.monotonic)

    def play(self) -> None:
        """All steps. Raises NotSeen at the first that fails."""
        stage = self.stage
        self._step("An AWS account with a small company in it", stage.open_aws)
        self._step(f"A Slack workspace at {'127.0.0.1'}", stage.open_slack)
        self._step("Patrol, connected over Socket Mode", stage.open_patrol)
        posts = self._step(
            "Dana types /patrol scan prod; #team-payments gets one summary, ten fixes", self._scan
        )
        self._step("She acknowledges the second from its button; the message says so", self._acknowledge)
        self._step("Show all of the first, one setting, lists what it closes to her alone", self._show_all)
        cli = self._step("How to fix opens a dialog with the exact command", self._how_to_fix)
        self._step("She presses I fixed it too early: Patrol looks, and says not yet", self._claim_too_early)
        self._step(f"The command runs: {_short(cli)}", lambda: self._apply(cli))
        self._step("She presses I fixed it: Patrol checks, and proves it", self._claim)
        self._step(
            "The same scan again: the rest is fixed too, no new message", lambda: self._scan_again(len(posts))
        )
        self._step("The ledger is whole, and the findings equal its replay", self._audit)
        self.say(f"Every step was seen to work, in {time.monotonic() - self._began:.1f} s.")

    def _step(self, what: str, work: Callable[[], T]) -> T:
        began = time.monotonic()
        self._steps += 1
        try:
            done = work()
        except (TimeoutError, NotSeen) as error:
            raise NotSeen(f"Step {self._steps} failed: {what}. {error}") from error
        self.say(f"{self._steps:>3}. {what:<86} {time.monotonic() - began:5.1f} s")
        return done

    def _scan(self) -> list[Json]:
        slack = self.stage.slack
        if not slack.command(DANA, TEAM_CHANNEL, f"scan {TARGET}").acked:
            raise NotSeen("the command was not acknowledged within 3 s")
        slack.wait_for(self._post, 40, "the summary of the first scan")
        posts = self._settled()
        # The other message is the scan's own progress, which she asked for.
        if len(posts) != 2:
            raise NotSeen(f"{len(posts) - 1} messages instead of one summary")
        return posts

    def _settled(self) -> list[Json]:
        """The channel's messages once nothing has changed for a while."""
        slack = self.stage.slack
        last, since = json.dumps(slack.messages(TEAM_CHANNEL)), time.monotonic()
        while time.monotonic() - since < QUIET_S:
            time.sleep(0.1)
            now = json.dumps(slack.messages(TEAM_CHANNEL))
            if now != last:
                last, since = now, time.monotonic()
        return slack.messages(TEAM_CHANNEL)

    def _post(self) -> Json | None:
        """The summary, by its first line."""
        found = [m for m in self.stage.slack.messages(TEAM_CHANNEL) if m["text"].startswith(SUMMARY)]
        return found[-1] if found else None

    def _told(self) -> Json:
        post = self._post()
        if post is None:
            raise NotSeen("there is no summary of the first scan")
        return post

    def _button(self, number: int, action: str) -> tuple[str, str, str]:
        """The message, action id and value of a button of the summary's fix of that number."""
        post = self._told()
        at = 0
        for block in post["blocks"]:
            text = str(block.get("text", {}).get("text", ""))
            at = int(text[0]) if text[:1].isdigit() and text[1:2] == "." else at
            for element in block.get("elements", ()):
                name = str(element.get("action_id", ""))
                if at == number and name.split("-")[0] == action:
                    return post["ts"], name, element["value"]
        raise NotSeen(f"fix {number} of the summary has no button {action}")

    def _press(self, number: int, action: str) -> None:
        ts, name, value = self._button(number, action)
        self.stage.slack.click(DANA, TEAM_CHANNEL, ts, name, value)

    def _acknowledge(self) -> None:
        self._press(SECOND, "acknowledge")
        self.stage.slack.wait_for(
            lambda: "acknowledged by" in self._told()["text"], 10, "an acknowledged finding"
        )

    def _show_all(self) -> None:
        slack = self.stage.slack
        before = len(slack.ephemerals(DANA))
        self._press(FIRST, "show_all")
        slack.wait_for(
            lambda: any(BUCKET in m["text"] for m in slack.ephemerals(DANA)[before:]),
            10,
            f"a list with {BUCKET}",
        )

    def _how_to_fix(self) -> str:
        slack = self.stage.slack
        self._press(FIRST, "fix")
        view = slack.wait_for(lambda: slack.views(DANA), 5, "the dialog")[-1]
        cli = command_in(view)
        if "put-public-access-block" not in cli:
            raise NotSeen(f"the command does not switch the block on: {cli}")
        slack.close_view(DANA, view["id"])
        return cli

    def _claim_too_early(self) -> None:
        self._press_fixed("Not yet")

    def _claim(self) -> None:
        self._press_fixed("Proven")

    def _press_fixed(self, answer: str) -> None:
        slack = self.stage.slack
        before = len(slack.ephemerals(DANA))
        self._press(FIRST, "fixed")
        slack.wait_for(
            lambda: any(answer in m["text"] for m in slack.ephemerals(DANA)[before:]),
            10,
            f"the answer {answer!r}",
        )
        seen = "fixed, proven by a scan" if answer == "Proven" else "Not yet"
        slack.wait_for(lambda: seen in self._told()["text"], 10, f"{seen!r} in the message")

    def _apply(self, cli: str) -> None:
        applied = apply_fix(cli, self.stage.aws.environment())
        if applied.returncode != 0:
            raise NotSeen(f"the AWS CLI ended with {applied.returncode}: {applied.output[:300]}")

    def _scan_again(self, before: int) -> None:
        slack = self.stage.slack
        slack.command(DANA, "C0PLATFORM", f"scan {TARGET}")  # its progress is told where it was asked for
        slack.wait_for(
            lambda: any("and everything was checked" in m["text"] for m in slack.messages("C0PLATFORM")), 30,
            "the scan's outcome",
        )  # fmt: skip
        after = len(self._settled())
        if after != before:
            raise NotSeen(f"{after - before} new messages in #team-payments")
        assert self.stage.process is not None
        with self.stage.process.store.read() as connection:
            left = list_findings(connection, Filter(controls=CLOSED), now_utc())
        if left:
            raise NotSeen(f"the setting should have closed all; {len(left)} are open still")

    def _audit(self) -> None:
        assert self.stage.process is not None
        with self.stage.process.store.read() as connection:
            audit, replay = verify(connection), compare(connection)
        if audit.broken_at is not None:
            raise NotSeen(f"the ledger is broken at event {audit.broken_at}")
        if not replay.equal:
            raise NotSeen("the findings differ from the replay of the ledger")


def command_in(view: Json) -> str:
    """The command line shown in a fix dialog, as a person would copy it."""
    texts = [str(block.get("text", {}).get("text", "")) for block in view["blocks"]]
    for at, text in enumerate(texts):
        if text.startswith("*On the command line*"):
            shown = texts[at + 1].removeprefix("```\n").removesuffix("\n```")
            return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    raise NotSeen("the dialog shows no command line")


def _short(cli: str) -> str:
    line = " ".join(cli.split())
    return line if len(line) <= 66 else line[:63] + "..."


__all__ = ["REGIONS", "NotSeen", "Story", "command_in"]
