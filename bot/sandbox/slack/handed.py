"""What came of handing a payload to the app once."""

from dataclasses import dataclass

from bot.sandbox.slack.state import Json

ACK_S = 3.0


@dataclass(frozen=True, slots=True)
class Handed:
    """`answer` is the acknowledgement's body, None where none came and `reason` says why.

    `again` is False where the app asked not to get it again.
    """

    answer: Json | None
    reason: str = ""
    again: bool = True
