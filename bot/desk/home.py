"""The App Home of a person: drawn when opened, when a page is turned, and after each of their decisions."""

from bot.answers import Asker
from bot.desk.desk import Desk
from bot.messages.home import home_subject, home_view
from bot.slack import SlackError
from commands.people import Person


def draw_home(desk: Desk, user: str, offset: int = 0) -> None:
    """Draw the page that begins at `offset`. Slack's refusal narrows that one feature."""
    with desk.store.read() as connection:
        subject = home_subject(connection, desk.context(Person(user)), offset)
    desk.pages.turn(user, subject.offset)
    try:
        desk.slack.call("views.publish", user_id=user, view=home_view(subject))
        desk.features.restore("App Home")
    except SlackError as error:
        desk.features.narrow("App Home", str(error))


def turn_page(desk: Desk, asker: Asker, value: str) -> None:
    """Next or previous: the button says where the page begins."""
    draw_home(desk, asker.user, int(value) if value.isdigit() and len(value) < 9 else 0)


def redraw_home(desk: Desk, user: str) -> None:
    """The same page again, where the person has one before them."""
    offset = desk.pages.of(user)
    if offset is not None:
        draw_home(desk, user, offset)
