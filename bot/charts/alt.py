"""The burn-down in words, for those who hear it and where no picture can be drawn."""

from bot.charts.picture import Column, Picture
from storage.figures.cohort import GOAL_DAYS

LONGEST = 900  # Slack takes 1,000 characters of alt text


def burn_down_alt(picture: Picture) -> str:
    """What the picture shows, in a few sentences of at most 900 characters: the state, the way there, the marks."""
    said = [f"{picture.title}.", f"{picture.subtitle}."]
    if picture.columns:
        first, last = picture.columns[0], picture.columns[-1]
        said.append(
            f"On {_day(last)}: {', '.join(label.text for label in picture.labels) or 'nothing there'}."
        )
        if len(picture.columns) > 1:
            said.append(f"On {_day(first)}, {first.open:,} of {first.cohort:,} were open.")
        if picture.ideal:
            said.append(
                f"The dashed line of an even pace falls from {picture.ideal[0][1]:,.0f} to none on day {GOAL_DAYS}."
            )
        said += [f"Marked: {lane.text} on {_days(len(lane.days))}." for lane in picture.lanes]
    whole = " ".join(said)
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 3] + "..."


def _day(column: Column) -> str:
    return f"{column.day.day} {column.day:%b %Y}"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number:,} days"
