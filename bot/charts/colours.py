"""The colours: warm is still there, blue is gone, pink and grey are decided without a fix.

Vermilion, blue and orange are Okabe and Ito's (2008). Their purple was made lighter and the grey darker, since with
red-green blindness the two looked alike. A picture brings its own ground: it reads the same in a dark and a light Slack.
"""

from collections.abc import Mapping

BAND: Mapping[str, str] = {
    "open": "#D55E00",
    "accepted": "#E3A6C8",
    "false_positive": "#777777",
    "fixed": "#0072B2",
    "arrived": "#F2B035",
}
INK, SOFT_INK, GRID, GROUND = "#1D1C1D", "#5C5A5C", "#DDDBD7", "#FBFAF8"
LANE, MISSING = "#5C5A5C", "#B5B2AE"
