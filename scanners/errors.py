"""The error tree. Every message says what is wrong, where, and what to do next."""


class PatrolError(Exception):
    """Base of every error that a person may be shown as it stands."""

    exit_code = 2


class UsageError(PatrolError):
    """The words of a command are off (exit 64)."""

    exit_code = 64


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
    """A role or a state rule refuses (exit 3)."""

    exit_code = 3
