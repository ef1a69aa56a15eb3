"""patrol.toml and the environment -> Settings. Every mistake is told at once: file, key, mend."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.settings_codeowners import read_codeowners
from bot.settings_toml import Reading, read_toml
from bot.settings_values import api_url
from bot.settings_workspaces import Workspace
from commands.people import Organisation
from scanners.errors import ConfigError

DEFAULT_FILE = "patrol.toml"
DEFAULT_STORE = "patrol.db"
LARGEST = 1_000_000  # bytes; a file beyond that was named by accident
EXAMPLE = (Path(__file__).parent / "patrol.example.toml").read_text(encoding="utf-8")
_TOKENS = {
    "SLACK_BOT_TOKEN": ("xoxb-", "the Bot User OAuth Token, from OAuth & Permissions"),
    "SLACK_APP_TOKEN": ("xapp-", "an app-level token with connections:write, from Basic Information"),
    "SLACK_SIGNING_SECRET": ("", "the Signing Secret, from Basic Information"),
}
_ONE = Workspace("", "SLACK_BOT_TOKEN")  # where no [[workspace]] is configured


@dataclass(frozen=True, slots=True)
class Schedule:
    """When which words run. `cron` has five fields; `timezone` is an IANA name."""

    run: str
    cron: str
    timezone: str

    @property
    def name(self) -> str:
        """What it is called in the store: a changed time is a new schedule."""
        return f"{self.run} @ {self.cron} {self.timezone}"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything configured. `path` is the file that was read, None where there is none.

    `people` maps a terminal's user ("os:alice") to a Slack user; `operators` may use --as. Tokens never
    show in a repr. Where `workspaces` are configured each has its own tokens; a single one's are also the
    Settings' own.
    """

    path: Path | None = None
    store: Path = Path(DEFAULT_STORE)
    organisation: Organisation = field(default_factory=Organisation)
    schedules: tuple[Schedule, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()
    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    slack_api_url: str = ""
    workspaces: tuple[Workspace, ...] = ()

    @property
    def served(self) -> tuple[Workspace, ...]:
        """The workspaces that `patrol serve` serves: those configured, else the one of the plain tokens."""
        return self.workspaces or (
            replace(
                _ONE, bot_token=self.bot_token, app_token=self.app_token, signing_secret=self.signing_secret,
                api_url=self.slack_api_url,
            ),
        )  # fmt: skip


def load(environ: Mapping[str, str], *, config: Path | None = None, store: Path | None = None) -> Settings:
    """Read the file (`config`, else PATROL_CONFIG, else ./patrol.toml where there is one) and the environment.

    Raises ConfigError with one line for each mistake.
    """
    named = config or (Path(environ["PATROL_CONFIG"]) if environ.get("PATROL_CONFIG") else None)
    # A link to nothing counts as there: to go on without a configuration would be a surprise.
    path = named or (Path(DEFAULT_FILE) if os.path.lexists(DEFAULT_FILE) else None)
    reading = read_toml(_text(path), str(path)) if path else Reading()
    folder = path.parent if path else Path()
    codeowners, unread = read_codeowners(reading.codeowned, folder, str(path))
    mistakes = [*reading.mistakes, *unread, *_environment(environ, reading.workspaces)]
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    overridden = store or (Path(environ["PATROL_STORE"]) if environ.get("PATROL_STORE") else None)
    routing = replace(reading.organisation.routing, codeowners=codeowners)
    workspaces = tuple(workspace.filled(environ) for workspace in reading.workspaces)
    tokens = workspaces[0] if len(workspaces) == 1 else _ONE.filled(environ)
    return Settings(
        path=path,
        store=overridden or folder / Path(reading.store or DEFAULT_STORE).expanduser(),
        organisation=replace(reading.organisation, routing=routing),
        schedules=tuple(Schedule(*parts) for parts in reading.schedules),
        people=reading.people,
        operators=reading.operators,
        bot_token=tokens.bot_token,
        app_token=tokens.app_token,
        signing_secret=tokens.signing_secret,
        slack_api_url=tokens.api_url,
        workspaces=workspaces,
    )


def problems(text: str, name: str) -> list[str]:
    """Every mistake in the text of a patrol.toml, one line each; `name` is what the file is called in them."""
    return read_toml(text, name).mistakes


def slack_tokens(settings: Settings, *, http: bool = False) -> None:
    """See that what Slack needs is there, for every workspace. Raises ConfigError that says where to find it."""
    missing = [line for workspace in settings.served for line in missing_tokens(workspace, http=http)]
    if missing:
        raise ConfigError("\n".join(missing))


def missing_tokens(workspace: Workspace, *, http: bool = False) -> list[str]:
    """One line for each token of the workspace that is not set."""
    have = [(workspace.bot_token_name, "SLACK_BOT_TOKEN", workspace.bot_token)]
    if http:
        have.append((workspace.signing_secret_name, "SLACK_SIGNING_SECRET", workspace.signing_secret))
    else:
        have.append((workspace.app_token_name, "SLACK_APP_TOKEN", workspace.app_token))
    where = f" in workspace {workspace.id}" if workspace.id else ""
    return [
        f"{name} is not set. It is {_TOKENS[kind][1]} of the Slack app{where}."
        for name, kind, value in have
        if not value
    ]


def _text(path: Path) -> str:
    raw = _bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line} is not UTF-8. Save the file as UTF-8.") from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        if path.is_symlink():
            raise ConfigError(f"{path} is a link to nothing. Mend the link, or remove it.") from None
        raise ConfigError(
            f"{path}: there is no such file. `patrol init --config {path}` writes one."
        ) from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder. Name the file in it: {path / DEFAULT_FILE}.") from None
    except PermissionError:
        raise ConfigError(f"{path} can't be read: you have no permission. Try: ls -l {path}") from None
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}. Check the path.") from error
    if len(raw) > LARGEST:
        raise ConfigError(f"{path} is larger than {LARGEST:,} bytes, so it is no patrol.toml. Name another.")
    return raw


def _environment(environ: Mapping[str, str], workspaces: Sequence[Workspace]) -> list[str]:
    found = []
    expected = dict(_TOKENS)
    for workspace in workspaces:
        expected[workspace.bot_token_name] = _TOKENS["SLACK_BOT_TOKEN"]
        expected[workspace.app_token_name] = _TOKENS["SLACK_APP_TOKEN"]
        expected[workspace.signing_secret_name] = _TOKENS["SLACK_SIGNING_SECRET"]
    for name, (prefix, what) in expected.items():
        value = environ.get(name, "")
        # The value itself is never told: it may be another secret, put in the wrong place.
        if value and not value.startswith(prefix):
            found.append(f"{name}: a value that does not begin with {prefix}. It should be {what}.")
        elif not value.isascii() or not value.isprintable() or " " in value:
            found.append(f"{name}: there are blanks or foreign letters in it. Copy it again.")
    url = environ.get("SLACK_API_URL", "")
    if url and (complaint := api_url(url)):
        found.append(f"SLACK_API_URL: {complaint}")
    return found
