"""Episodes made by hand, and by hypothesis, for the figures' tests."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from scanners.model import Severity
from storage.figures.values import OUT_OF_SCOPE, Episode, Span
from storage.model import Cause, Disposition

START = datetime(2026, 3, 2, 8, tzinfo=UTC)  # a Monday
NOW = START + timedelta(days=40)


def at(days: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=days)


def episode(
    name: str = "pf1_a", opened: float = 0, closed: float | None = None, *, cause: str = str(Cause.PROVEN),
    severity: Severity = Severity.HIGH, spans: tuple[Span, ...] = (), **more: object,
) -> Episode:  # fmt: skip
    """An episode by days after the start."""
    given: dict[str, object] = {
        "finding": name, "number": 1, "control": "s3.public", "scope": "aws/1/eu", "target": "prod",
        "team": "payments", "exploited": False, "first_seen": at(opened),
    }  # fmt: skip
    return Episode(
        **{**given, **more},  # type: ignore[arg-type]
        severity=severity, opened_at=at(opened), closed_at=None if closed is None else at(closed),
        cause="" if closed is None else cause, spans=spans,
    )  # fmt: skip


def span(what: Disposition, start: float, end: float, ran_out: bool = False) -> Span:
    """A disposition by days after the start."""
    return Span(what, at(start), at(end), ran_out)


def accepted(start: float, end: float) -> Span:
    """A risk acceptance."""
    return span(Disposition.RISK_ACCEPTED, start, end)


@st.composite
def episodes(draw: st.DrawFn) -> list[Episode]:
    """Findings of one episode each, in a few teams and targets, open, fixed or decided."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        opened = draw(st.floats(0, 39))
        closed = draw(st.none() | st.floats(opened, 39.9))
        cause = draw(st.sampled_from([*map(str, Cause), OUT_OF_SCOPE]))
        begin = draw(st.none() | st.floats(opened, 39.9))
        what = draw(
            st.sampled_from([Disposition.RISK_ACCEPTED, Disposition.FALSE_POSITIVE, Disposition.SNOOZED])
        )
        spans = () if begin is None else (span(what, begin, begin + draw(st.floats(0, 30))),)
        found.append(
            episode(
                f"pf1_{number:02d}", opened, closed, cause=cause, severity=draw(st.sampled_from(list(Severity))),
                spans=spans, team=draw(st.sampled_from(["payments", "web", ""])),
                target=draw(st.sampled_from(["prod", "stage"])), exploited=draw(st.booleans()),
            )
        )  # fmt: skip
    return found
