"""A user's access keys: which are old, unused, or were made with the user. Pure: dates in, fields out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanners.aws.api import broken
from scanners.aws.datasets.iam.report import Row, date, yes
from scanners.model import Json

OLD_DAYS = 90  # CIS AWS 5.0, 1.13: "every 90 days or less", so that the ninetieth day is in time
UNUSED_DAYS = (
    45  # CIS AWS 5.0, 1.11: "unused for 45 days or more", so that the forty-fifth day is one too many
)
# Whoever makes a key while making the user does so within this time.
_AT_SET_UP = timedelta(seconds=60)
COUNTS = ("active_keys", "oldest_active_key_age_days", "key_idle_days")
LISTS = ("old_keys", "unused_keys", "setup_keys")
FIELDS = (*COUNTS, *LISTS)


@dataclass(frozen=True, slots=True)
class Key:
    """One access key. `id` is "" where only the credential report was read, which names none."""

    active: bool
    made: datetime | None
    used: datetime | None = None
    id: str = ""

    def second(self) -> str:
        """When it was made, as the AWS CLI writes it, without the zone (UTC): the report and the list agree on it."""
        return self.made.strftime("%Y-%m-%dT%H:%M:%S") if self.made else ""

    def age_days(self, now: datetime) -> int:
        """Whole days since it was made."""
        return (now - self._dated()).days

    def idle_days(self, now: datetime) -> int:
        """Whole days since it was used; a key that never was counts from when it was made."""
        return (now - (self.used or self._dated())).days

    def at_set_up(self, user_made: datetime | None) -> bool:
        """True where it was made with its user and never used."""
        return self.used is None and user_made is not None and abs(self._dated() - user_made) <= _AT_SET_UP

    def _dated(self) -> datetime:
        if self.made is None:
            raise broken("iam get_credential_report", "an active key without the day it was made")
        return self.made


def from_row(row: Row) -> tuple[Key, ...]:
    """The two keys that a user may have. Raises CallFailed where a column is not whole."""
    return tuple(
        Key(
            yes(row, f"access_key_{n}_active"),
            date(row, f"access_key_{n}_last_rotated"),
            date(row, f"access_key_{n}_last_used_date"),
        )
        for n in (1, 2)
    )


def fields(keys: Sequence[Key], now: datetime, user_made: datetime | None) -> list[Json]:
    """The values of FIELDS. A fix finds a key by its id, else by when it was made."""
    active = [key for key in keys if key.active]
    return [
        len(active),
        max((key.age_days(now) for key in active), default=None),
        max((key.idle_days(now) for key in active), default=None),
        *(
            [{"id": key.id or None, "made": key.second()} for key in active if bad(key)]
            for bad in _bad(now, user_made)
        ),
    ]


def ambiguous(keys: Sequence[Key], now: datetime, user_made: datetime | None) -> bool:
    """True where the second of its making does not tell a bad key from one that must be left alone."""
    for bad in _bad(now, user_made):
        wrong = {key.second() for key in keys if key.active and bad(key)}
        if wrong & {key.second() for key in keys if not (key.active and bad(key))}:
            return True
    return False


def _bad(now: datetime, user_made: datetime | None) -> tuple[Callable[[Key], bool], ...]:
    """What puts an active key into each of LISTS."""
    return (
        lambda key: key.age_days(now) > OLD_DAYS,
        lambda key: key.idle_days(now) >= UNUSED_DAYS,
        lambda key: key.at_set_up(user_made),
    )
