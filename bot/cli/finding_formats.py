"""`patrol findings --format ocsf|sarif|csv`: the list for other tools."""

import json
import sys
from importlib.metadata import version

from commands.reply import FindingList

FILES = ("ocsf", "sarif", "csv")
FORMATS = ("table", "json", *FILES)


def write(form: str, reply: FindingList) -> None:
    """Write the findings to standard output, in one of `FILES`."""
    if form == "csv":
        from bot.messages.export_csv import findings_csv

        sys.stdout.write(findings_csv(reply))
        return
    ours = version("patrol-bot")
    if form == "ocsf":
        from bot.messages.export_ocsf import findings_ocsf

        document: object = findings_ocsf(reply, ours)
    else:
        from bot.messages.export_sarif import findings_sarif

        document = findings_sarif(reply, ours)
    print(json.dumps(document, indent=2))
