"""What was seen is told in the control's own sentence, not as a dump of values."""

from commands import catalogue
from tests.bot.messages.stage import PUBLIC, Stage, verdict


def test_the_sentence_of_a_control_stands_in_the_message(stage: Stage) -> None:
    assert "s3.public" in catalogue.controls()
    stage.see(verdict(evidence=PUBLIC))
    assert "Bucket acme-invoices can be reached by anyone" in str(stage.draw()["text"])
