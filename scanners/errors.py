"""The error tree. Every message says what is wrong, where, and what to do next."""


class PatrolError(Exception):
    """Base of every error that a person may be shown as it stands."""

    exit_code = 2


class UsageError(PatrolError):
    """The words of a command are off (exit 64). `about` names the option that is, "" where none is."""

    exit_code = 64

    def __init__(self, words: str, about: str = "") -> None:
        self.about = about
        super().__init__(words)


class ConfigError(PatrolError):
    """patrol.toml or the environment is wrong."""

    exit_code = 64


class ControlError(PatrolError):
    """A control's YAML is wrong: file, line, what, and the nearest right name."""

    exit_code = 64


class CredentialError(PatrolError):
    """No credentials, or expired ones."""


class CollectError(PatrolError):
    """A service could not be reached or understood at all."""


class StoreError(PatrolError):
    """The SQLite file is locked, corrupt, read-only, full, or from a newer Patrol."""


class RefusedError(PatrolError):
    """A role or a state rule refuses (exit 3). `about` names the option that it refuses, "" where none."""

    exit_code = 3

    def __init__(self, words: str, about: str = "") -> None:
        self.about = about
        super().__init__(words)
