"""Three refuted claims ask the leads, in the thread; a third time and not before."""

from scanners.model import Status
from tests.bot.messages.stage import Stage, verdict


def _refute(stage: Stage, times: int) -> None:
    for _ in range(times):
        stage.later(minutes=5)
        stage.say(f"fixed {stage.id()}")
        stage.later(minutes=1)
        stage.see(verdict(), only=verdict().resource.arn)


def test_the_third_refutation_asks_the_leads_once(stage: Stage) -> None:
    stage.see(verdict())
    _refute(stage, 2)
    assert stage.posts("ask") == []
    _refute(stage, 2)
    (post,) = stage.posts("ask")
    message = stage.draw("ask")
    assert "<@U0LEAD>" in str(message["text"])
    assert "acme-invoices" in str(message["text"])
    assert post.parent is not None


def test_the_question_is_calm_once_the_finding_is_fixed(stage: Stage) -> None:
    stage.see(verdict())
    _refute(stage, 3)
    stage.later(hours=1)
    stage.see(verdict(status=Status.PASS))
    assert "settled now" in str(stage.draw("ask")["text"])
