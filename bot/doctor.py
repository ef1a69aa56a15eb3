"""`patrol doctor`: is everything in place? Each check says what is well, or what is wrong and its mend."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.util import find_spec

from bot.messages.words import count
from bot.settings import Settings, missing_tokens
from bot.settings_workspaces import UNOWNED_UNSEEN, Workspace, wrong_workspace
from bot.slack import METHODS, Refused, Slack, SlackError, web_client
from commands.model import Scanner
from commands.routing import unknown_owners
from scanners.aws.events.options import event_options
from scanners.aws.events.queue import Queue
from scanners.aws.tags import PERMISSION as TAGS
from scanners.errors import PatrolError, StoreError
from scanners.model import CoverageStatus, Scan, Target
from storage.ledger import verify
from storage.store import Store

APP_LEVEL = "apps.connections.open"
MOST_SKEW_S = 30.0
LEAST_FREE_BYTES = 200 * 2**20
OK, WARN, BAD = "ok", "warn", "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """`level` is ok, warn (a feature is narrowed) or bad (Patrol can't do its work)."""

    level: str
    subject: str
    text: str


def examine(
    settings: Settings, scanner: Scanner, now: Callable[[], datetime], *, http: bool = False
) -> Iterator[Check]:
    """Every check in turn, told as soon as it is known."""
    yield _configuration(settings)
    yield from _store(settings)
    yield from _slack(settings, now, http=http)
    yield from _aws(settings, scanner)
    yield from _charts()


def _charts() -> Iterator[Check]:
    if find_spec("matplotlib") is None:
        yield Check(
            WARN, "pictures", "The weekly summary comes without its picture. Install patrol-bot[charts]."
        )


def _configuration(settings: Settings) -> Check:
    if settings.path is None:
        return Check(WARN, "configuration", "There is no patrol.toml. `patrol init` writes one.")
    organisation = settings.organisation
    said = f"{settings.path}: {len(organisation.teams)} teams, {len(organisation.targets)} targets."
    if not organisation.teams:
        return Check(WARN, "configuration", f"{said} Without a [[team]] nothing is posted.")
    if organisation.unowned_is_unseen:
        return Check(WARN, "configuration", f"{said} {UNOWNED_UNSEEN}")
    return Check(OK, "configuration", said)


def _store(settings: Settings) -> Iterator[Check]:
    try:
        store = Store(settings.store)
        with store.read() as connection:
            damage = connection.execute("pragma quick_check(1)").fetchone()[0]
            audit = verify(connection)
        store.close()
    except StoreError as error:
        yield Check(BAD, "store", str(error))
        return
    if damage != "ok":
        yield Check(BAD, "store", f"{settings.store} is damaged: {damage}. Restore a backup.")
    elif audit.broken_at is not None:
        yield Check(BAD, "store", f"The ledger is broken at event {audit.broken_at}: `patrol audit verify`.")
    else:
        yield Check(OK, "store", f"{settings.store}: {audit.events:,} events, the chain is whole.")
    free = shutil.disk_usage(settings.store.absolute().parent).free
    if free < LEAST_FREE_BYTES:
        yield Check(WARN, "disk", f"{free // 2**20} MiB are free beside {settings.store}. Make room.")


def _slack(settings: Settings, now: Callable[[], datetime], *, http: bool) -> Iterator[Check]:
    """Each workspace that is served by itself: what is wrong in one says nothing of the others."""
    for workspace in settings.served:
        where = f" in {workspace.id}" if workspace.id else ""
        for check in _workspace(settings, workspace, now, http=http):
            yield replace(check, subject=check.subject + where)


def _workspace(
    settings: Settings, workspace: Workspace, now: Callable[[], datetime], *, http: bool
) -> Iterator[Check]:
    missing = missing_tokens(workspace, http=http)
    yield from (Check(BAD, "tokens", line) for line in missing)
    if missing:
        return
    slack = Slack(web_client(workspace.bot_token, workspace.api_url))
    try:
        who, headers = slack.ask("auth.test")
    except Refused as refused:
        yield Check(BAD, "tokens", f"{refused} Copy the Bot User OAuth Token from OAuth & Permissions.")
        return
    except SlackError as error:
        yield Check(BAD, "Slack", f"{error} Check the network and SLACK_API_URL.")
        return
    if workspace.id and who.get("team_id") != workspace.id:
        yield Check(BAD, "tokens", str(wrong_workspace(workspace, str(who.get("team_id") or ""))))
        return
    yield Check(OK, "tokens", f"Slack knows us as {who.get('user')} in {who.get('team')}.")
    yield from _scopes(headers)
    yield from _clock(headers, now())
    if not http:
        yield _socket(slack, workspace)
    yield from _channels(slack, settings, workspace)


def _scopes(headers: dict[str, str]) -> Iterator[Check]:
    given = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    if not given:
        return  # a proxy took the header away; the calls themselves will tell
    missing = [
        (method, " or ".join(scopes))
        for method, scopes in METHODS.items()
        if scopes and method != APP_LEVEL and not given.intersection(scopes)
    ]
    for method, scopes in missing:
        yield Check(WARN, "scopes", f"{method} needs {scopes}. Add it to the app and install it again.")
    if not missing:
        yield Check(OK, "scopes", "Every method that Patrol uses is allowed.")


def _clock(headers: dict[str, str], now: datetime) -> Iterator[Check]:
    try:
        theirs = parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return
    skew = (now - theirs).total_seconds()
    if abs(skew) > MOST_SKEW_S:
        way = "ahead of" if skew > 0 else "behind"
        yield Check(BAD, "clock", f"This clock is {abs(skew):.0f} s {way} Slack's. Switch on NTP.")
    else:
        yield Check(OK, "clock", "This clock agrees with Slack's.")


def _socket(slack: Slack, workspace: Workspace) -> Check:
    try:
        slack.call(APP_LEVEL, app_token=workspace.app_token)
    except SlackError as error:
        mend = "Make an app-level token with connections:write and switch Socket Mode on."
        return Check(BAD, "Socket Mode", f"{error} {mend}")
    return Check(OK, "Socket Mode", "Slack gives us a connection.")


def _channels(slack: Slack, settings: Settings, workspace: Workspace) -> Iterator[Check]:
    for team in settings.organisation.teams:
        if not team.channel or (workspace.id and team.workspace not in ("", workspace.id)):
            continue
        try:
            channel = slack.call("conversations.info", channel=team.channel).get("channel") or {}
        except SlackError as error:
            yield Check(BAD, f"channel of {team.name}", f"{error} Is {team.channel} right, and Patrol in it?")
            continue
        name = f"#{channel.get('name', team.channel)}"
        if channel.get("is_archived"):
            yield Check(BAD, f"channel of {team.name}", f"{name} is archived. Name another in patrol.toml.")
        elif not channel.get("is_member"):
            yield Check(
                BAD, f"channel of {team.name}", f"Patrol is not in {name}. Type /invite @Patrol there."
            )
        else:
            yield Check(OK, f"channel of {team.name}", f"Patrol is in {name}.")


def _aws(settings: Settings, scanner: Scanner) -> Iterator[Check]:
    targets = [target for target in settings.organisation.targets if target.kind == "aws"]
    for target in targets or [Target("aws", "aws")]:
        try:
            scan = scanner(target, ())
        except PatrolError as error:
            level = BAD if targets else WARN
            yield Check(level, f"AWS target {target.name}", str(error))
            continue
        yield from _rights(target, scan)
        yield from _tags(target, scan)
        yield from _owners(settings, target, scan)
        yield from _events(target)


def _events(target: Target) -> Iterator[Check]:
    """The queue is asked, not emptied: what lies in it is for `patrol serve`."""
    if not event_options(target).queue:
        return
    subject = f"events of {target.name}"
    try:
        with closing(Queue(target, threading.Event())) as queue:
            depth = queue.depth()
    except PatrolError as error:
        yield Check(BAD, subject, str(error))
        return
    yield Check(OK, subject, f"The queue can be read; {count(depth.waiting, 'message')} in it.")
    if not depth.dead_letters:
        yield Check(
            WARN, subject, "The queue has no dead-letter queue. docs/continuous.md has a template with one."
        )


def _rights(target: Target, scan: Scan) -> Iterator[Check]:
    """Rights are learnt by reading, not by asking for the policy: only the answer itself is proof."""
    subject = f"AWS target {target.name}"
    gaps = [cover for cover in scan.coverage if cover.status is not CoverageStatus.COMPLETE]
    missing = sorted({cover.missing_permission for cover in gaps if cover.missing_permission})
    other = sorted({cover.reason for cover in gaps if not cover.missing_permission})
    account = scan.identity.removeprefix("aws/")
    entered = f"{account} and {len(scan.others):,} more" if scan.others else account
    yield Check(
        OK,
        subject,
        f"Account {entered}: {len(scan.coverage) - len(gaps)} of {len(scan.coverage)} checks work.",
    )
    for permission in missing:
        yield Check(
            WARN, subject, f"The role lacks {permission}. Add it; until then those checks are UNKNOWN."
        )
    for reason in other[:5]:
        yield Check(WARN, subject, reason)


def _tags(target: Target, scan: Scan) -> Iterator[Check]:
    """No verdict needs them, so no check is UNKNOWN without them: what they route would only be routed otherwise."""
    unread = {v.resource.arn for v in scan.verdicts if v.resource.tags_unread}
    if unread:
        said = f"The tags of {count(len(unread), 'resource')} could not be read, so no tag decides whose they are."
        yield Check(WARN, f"owners in {target.name}", f"{said} The role needs {TAGS}.")


def _owners(settings: Settings, target: Target, scan: Scan) -> Iterator[Check]:
    resources = (verdict.resource for verdict in scan.verdicts)
    for unknown in unknown_owners(settings.organisation, resources)[:5]:
        tag = f"The tag {unknown.key[:60]} = {unknown.value[:60]} of {count(unknown.resources, 'resource')}"
        said = f"{tag} names no team. Mend the tag, or add it to a team's aliases in patrol.toml."
        yield Check(WARN, f"owners in {target.name}", said)
