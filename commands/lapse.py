"""What falls due without anybody asking: decisions that end, messages that wait for the end of quiet hours, old posts.

The process calls `tick` every half minute. Where nothing is due it reads and does not write.
"""

from commands.decide import publish
from commands.model import Context
from storage import news, posts
from storage.decisions import settle, something_due
from storage.noise import Route


def tick(context: Context) -> bool:
    """Do what fell due by now; True where something was written, so that the sender may be woken."""
    now = context.now()
    routes = _loose(context)
    with context.store.read() as connection:
        due = something_due(connection, now)
        waiting = posts.something_old(connection, now) or news.something_waits(connection, routes, now)
    if not due and not waiting:
        return False
    with context.store.write() as connection:
        # Asked again by `settle`: another process may have been quicker, and the ledger gets each event once.
        events = settle(connection, now)
        publish(connection, context, events, now)
        released = news.release(connection, routes, now)
        retired = posts.retire(connection, now)
    return bool(events or released or retired)


def _loose(context: Context) -> list[Route]:
    """The routes of teams that have no digest to put things off to."""
    found = (context.whole.route(team.name) for team in context.whole.teams)
    return [route for route in found if route is not None and not route.digest]
