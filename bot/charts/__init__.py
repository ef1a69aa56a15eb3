"""The burn-down as a picture and the summary as a page: values in, PNG, SVG, HTML and words out."""

from bot.charts.alt import burn_down_alt
from bot.charts.page import summary_html
from bot.charts.picture import Picture, burn_down
from bot.charts.png import burn_down_png
from bot.charts.svg import burn_down_svg

__all__ = ["Picture", "burn_down", "burn_down_alt", "burn_down_png", "burn_down_svg", "summary_html"]
