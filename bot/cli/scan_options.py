"""`patrol scan`'s own options as an ad hoc target's settings."""

from bot.cli.invocation import Invocation
from scanners.aws.options import mistakes, read_options
from scanners.errors import UsageError
from scanners.model import Json, Target

VALUES = (
    "regions", "controls", "role", "role-name", "external-id", "accounts", "skip-accounts", "max-calls",
    "calls-per-second",
)  # fmt: skip
FLAGS = ("organization",)
_AD_HOC_ONLY = tuple(name for name in (*VALUES, *FLAGS) if name not in ("controls", "max-calls"))
_EXAMPLES = {
    "regions": "eu-west-1,us-east-1",
    "controls": "s3.public,iam.*",
    "accounts": "111111111111,222222222222",
    "skip-accounts": "222222222222",
}


def ad_hoc_target(invocation: Invocation, name: str) -> Target:
    """The account of the ambient credentials, or the accounts that the options mean. Raises UsageError."""
    options = invocation.options
    if "role" in options and "role-name" in options:
        raise UsageError(
            "--role is the ARN of one account's role, --role-name that of many. Give one of them."
        )
    said: dict[str, Json] = {
        "role": options.get("role") or options.get("role-name", ""),
        "external_id": options.get("external-id", ""),
        "organization": "organization" in options,
        "accounts": listed(invocation, "accounts"),
        "skip_accounts": listed(invocation, "skip-accounts"),
        **ceilings(invocation),
    }
    for key, what in mistakes(read_options(said)):
        option = "role-name" if key == "role" and "role" not in options else key.replace("_", "-")
        raise UsageError(f"--{option}: {what}")
    return Target(
        name, "aws", regions=listed(invocation, "regions"), settings={k: v for k, v in said.items() if v}
    )


def ceilings(invocation: Invocation) -> dict[str, Json]:
    """--max-calls and --calls-per-second, where they are given."""
    found: dict[str, Json] = {}
    for name in ("max-calls", "calls-per-second"):
        if name in invocation.options:
            text = invocation.options[name]
            if not text.isascii() or not text.isdigit() or int(text) < 1:
                raise UsageError(f"--{name} takes a whole number from 1, not {text[:40]!r}.")
            found[name.replace("-", "_")] = int(text)
    return found


def refuse_ad_hoc(invocation: Invocation) -> None:
    """Raises UsageError for options that a configured target has in patrol.toml."""
    for name in _AD_HOC_ONLY:
        if name in invocation.options:
            key = {"role-name": "role"}.get(name, name.replace("-", "_"))
            raise UsageError(f"--{name} is for `scan aws`; a target has `{key}` in patrol.toml.")


def listed(invocation: Invocation, name: str) -> tuple[str, ...]:
    """The parts of --name A,B; empty where it is left out. Raises UsageError where nothing is in it."""
    if name not in invocation.options:
        return ()
    found = tuple(dict.fromkeys(part.strip() for part in invocation.options[name].split(",") if part.strip()))
    if not found:
        raise UsageError(f"--{name} is empty. Write it like --{name} {_EXAMPLES[name]}, or leave it out.")
    return found
