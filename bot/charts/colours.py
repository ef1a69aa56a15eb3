"""The colours: Okabe and Ito's (2008), told apart with every kind of colour blindness. Warm is still there, blue is gone.

A picture brings its own background, so it reads the same in a dark and a light Slack.
"""

from collections.abc import Mapping

BAND: Mapping[str, str] = {
    "open": "#D55E00",
    "accepted": "#CC79A7",
    "false_positive": "#BDBDBD",
    "fixed": "#0072B2",
    "arrived": "#F2B035",
}
INK, SOFT_INK, GRID, GROUND = "#1D1C1D", "#5C5A5C", "#DDDBD7", "#FBFAF8"
LANE, MISSING = "#5C5A5C", "#B5B2AE"
