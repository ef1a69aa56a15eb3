"""What a lead should look at beside the counts: comebacks, refuted claims, lapses, expiries, waiting decisions."""

from collections.abc import Mapping
from datetime import timedelta

from storage.figures.definition import Definition, Share
from storage.figures.lens import Lens, within
from storage.figures.values import ACCEPTED, FALSE_POSITIVE, FIXED, OPEN, Episode, Standing
from storage.model import Disposition

SOON_BACK = timedelta(days=30)
EXPIRES_SOON = timedelta(days=14)
_EXPIRING = (Disposition.RISK_ACCEPTED, Disposition.FALSE_POSITIVE)
_ACKNOWLEDGED, _SNOOZED = Disposition.ACKNOWLEDGED, Disposition.SNOOZED
_DECIDED = (ACCEPTED, FALSE_POSITIVE)

RECURRENCE = Definition(
    name="recurrence",
    title="Recurrence within 30 days",
    meaning="How many proven fixes did not hold for thirty days.",
    formula="came back within 30 days of the fix / fixes that are 30 days old or older,"
    " over fixes between 30 and 30 + n days ago (n is the window).",
    counts=("Proven fixes, each episode by itself.",),
    leaves_out=("Fixes younger than 30 days: nobody knows yet whether they hold.", "Closings without proof."),
    reading_error="Nothing is to be seen before day 30. A resource that is made anew by the same faulty template comes"
    " back under the same name as a recurrence, under a new name as a new finding.",
)
REFUTED = Definition(
    name="refuted",
    title="Refuted claims",
    meaning='How often "I fixed it" was followed by a scan that still saw the flaw.',
    formula="the number of refutations within the window.",
    counts=("Each refuted claim, so one finding may count several times.",),
    leaves_out=("Claims that no scan could check yet.",),
    reading_error="A refutation is no lie: fixes take minutes to work through a cloud, and some fix another resource.",
)
LAPSED = Definition(
    name="lapsed",
    title="Lapsed acknowledgements",
    meaning="How many were acknowledged and then left alone until the acknowledgement ran out.",
    formula="the number of acknowledgements whose time ran out within the window (24 h, 3, 7 or 14 days).",
    counts=("Each acknowledgement that ran out, also where the finding was fixed later.",),
    leaves_out=("Those followed by work, a decision, a fix or an undo in time.",),
    reading_error="Work that nobody told Patrol of looks like no work.",
)
EXPIRING = Definition(
    name="expiring",
    title="Acceptances about to expire; decisions that wait",
    meaning="Which accepted risks and false positives come back to the team soon, and what waits for an approver.",
    formula="live acceptances and false positives that end within 14 days; requests that are neither answered nor lapsed.",
    counts=("Each such finding once.",),
    leaves_out=("Snoozes.",),
    reading_error="An acceptance may end earlier, by a raised severity or an attack that becomes known.",
)


def marks(episode: Episode, state: Standing, lens: Lens) -> list[str]:
    """The labels under which an episode is counted here."""
    found: list[str] = []
    if episode.exploited and state is OPEN:
        found.append("exploited")
    if episode.pending:
        found.append("waiting")
    if episode.refuted:
        found += [f"refuted.{window}" for at in episode.refuted if (window := lens.window(at))]
    if episode.spans:
        found += _spans(episode, state, lens)
    if state is FIXED:
        found += _came_back(episode, lens)
    return found


def _spans(episode: Episode, state: Standing, lens: Lens) -> list[str]:
    found: list[str] = []
    for span in episode.spans:
        if span.what is _ACKNOWLEDGED and span.ran_out and (window := lens.window(span.end)):
            found.append(f"lapsed.{window}")
    last = episode.spans[-1]
    live = state in _DECIDED and last.what in _EXPIRING
    if live and last.end <= lens.as_of + EXPIRES_SOON:
        found.append("expiring")
    if last.what is _SNOOZED and state is OPEN and last.end > lens.as_of and not last.ran_out:
        found.append("snoozed")
    return found


def _came_back(episode: Episode, lens: Lens) -> list[str]:
    fixed = episode.closed_at
    assert fixed is not None, "what is fixed was closed"
    window = lens.window(fixed + SOON_BACK)
    if not window or fixed + SOON_BACK > lens.as_of:
        return []
    back = episode.came_back is not None and episode.came_back - fixed <= SOON_BACK
    return [f"recurred.{window}" if back else f"held.{window}"]


def recurrence(counts: Mapping[str, int], days: int) -> Share:
    """Fixes that did not hold for thirty days, of those that are old enough to tell."""
    back, held = (sum(counts.get(name, 0) for name in within(word, days)) for word in ("recurred", "held"))
    return Share(back, back + held)
