"""patrol.toml and the environment -> Settings. Every mistake is told at once: file, key, mend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings_toml import Reading, read_toml
from commands.people import Organisation
from scanners.errors import ConfigError

DEFAULT_FILE = "patrol.toml"
DEFAULT_STORE = "patrol.db"
EXAMPLE = (Path(__file__).parent / "patrol.example.toml").read_text(encoding="utf-8")
_TOKENS = {
    "SLACK_BOT_TOKEN": ("xoxb-", "the Bot User OAuth Token, from OAuth & Permissions"),
    "SLACK_APP_TOKEN": ("xapp-", "an app-level token with connections:write, from Basic Information"),
    "SLACK_SIGNING_SECRET": ("", "the Signing Secret, from Basic Information"),
}


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
    show in a repr.
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


def load(environ: Mapping[str, str], *, config: Path | None = None, store: Path | None = None) -> Settings:
    """Read the file (`config`, else PATROL_CONFIG, else ./patrol.toml where there is one) and the environment.

    Raises ConfigError with one line for each mistake.
    """
    named = config or (Path(environ["PATROL_CONFIG"]) if environ.get("PATROL_CONFIG") else None)
    path = named or (Path(DEFAULT_FILE) if Path(DEFAULT_FILE).exists() else None)
    reading = read_toml(_text(path), str(path)) if path else Reading()
    mistakes = list(dict.fromkeys([*reading.mistakes, *_environment(environ)]))
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    overridden = store or (Path(environ["PATROL_STORE"]) if environ.get("PATROL_STORE") else None)
    folder = path.parent if path else Path()
    api_url = environ.get("SLACK_API_URL", "")
    return Settings(
        path=path,
        store=overridden or folder / Path(reading.store or DEFAULT_STORE).expanduser(),
        organisation=reading.organisation,
        schedules=tuple(Schedule(*parts) for parts in reading.schedules),
        people=reading.people,
        operators=reading.operators,
        bot_token=environ.get("SLACK_BOT_TOKEN", ""),
        app_token=environ.get("SLACK_APP_TOKEN", ""),
        signing_secret=environ.get("SLACK_SIGNING_SECRET", ""),
        slack_api_url=api_url if not api_url or api_url.endswith("/") else api_url + "/",
    )


def slack_tokens(settings: Settings, *, http: bool = False) -> None:
    """See that what Slack needs is there. Raises ConfigError that says where to find it."""
    have = {"SLACK_BOT_TOKEN": settings.bot_token}
    if http:
        have["SLACK_SIGNING_SECRET"] = settings.signing_secret
    else:
        have["SLACK_APP_TOKEN"] = settings.app_token
    missing = [
        f"{name} is not set. It is {_TOKENS[name][1]} of the Slack app." for name in have if not have[name]
    ]
    if missing:
        raise ConfigError("\n".join(missing))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such file. `patrol init --config {path}` writes one."
        ) from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder. Name the file in it: {path / DEFAULT_FILE}.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}. Check its permissions.") from error


def _environment(environ: Mapping[str, str]) -> list[str]:
    found = []
    for name, (prefix, what) in _TOKENS.items():
        value = environ.get(name, "")
        if value and not value.startswith(prefix):
            found.append(f"{name}: a value that does not begin with {prefix}. It should be {what}.")
        elif value != value.strip() or not value.isascii():
            found.append(f"{name}: there are blanks or foreign letters in it. Copy it again.")
    url = environ.get("SLACK_API_URL", "")
    if url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost", "http://[::1]")):
        found.append(
            f"SLACK_API_URL: {url!r} is no https address. Tokens are sent there, so plain http is for loopback only."
        )
    return found
