"""A message while it is drawn: blocks for the eye, and the same words as plain text for the ear."""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.blockkit import actions, context, divider, escape, fields, fit, header, picture, section

Message = dict[str, Any]
Block = dict[str, Any]
LONGEST_TEXT = 3_900
LONGEST_SECTION = 2_900
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_MARK = re.compile(r":[a-z][a-z0-9_+-]*:\s?")


@dataclass
class Draft:
    """Collects blocks and lines together, so that no block can be without its words."""

    blocks: list[Block] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        """A heading: plain text as it stands, not escaped, 150 letters at most."""
        self.blocks.append(header(text))
        # Slack reads no markup in a heading, but it does in the message's own text.
        self.lines.append(plain(escape(text)))

    def say(self, *lines: str, accessory: Block | None = None) -> None:
        """A paragraph of mrkdwn lines; a long one becomes several blocks, parted at line ends."""
        for part in paragraphs(lines):
            self.blocks.append(section(part))
        if accessory and self.blocks:
            self.blocks[-1]["accessory"] = accessory
        self.lines += [plain(line) for line in lines if line]

    def note(self, text: str) -> None:
        """A small line below."""
        self.blocks.append(context(text))
        self.lines.append(plain(text))

    def facts(self, *pairs: tuple[str, str]) -> None:
        """Names and values in two columns."""
        self.blocks.append(fields(*(f"*{label}*\n{value}" for label, value in pairs)))
        self.lines.append(". ".join(f"{label}: {plain(value)}" for label, value in pairs) + ".")

    def show(self, *texts: str) -> None:
        """A paragraph for the eye alone: its words are in the text already."""
        for part in paragraphs(texts):
            self.blocks.append(section(part))

    def picture(self, file: str, alt: str) -> None:
        """A file of the workspace as a picture. What it shows is said in the lines as well, but for its own words."""
        self.blocks.append(picture(file, alt))

    def line(self) -> None:
        """A rule between two parts."""
        self.blocks.append(divider())

    def buttons(self, *elements: Block, block_id: str) -> None:
        """One row of buttons; nothing where there are none."""
        if elements:
            self.blocks.append(actions(*elements, block_id=block_id))

    def message(self, pointer: str = "") -> Message:
        """The message, within Slack's limits; `pointer` says where the rest is."""
        text = "\n".join(line for line in self.lines if line)
        drawn: Message = {"text": shorten(text, LONGEST_TEXT, pointer), "blocks": self.blocks}
        return fit(drawn, pointer=pointer or "`/patrol findings` lists everything")


def plain(mrkdwn: str) -> str:
    """The words of `mrkdwn` without its decoration; what stands in code is kept as it is."""
    parts = _DATE.sub(r"\1", mrkdwn).split("`")
    return "".join(part if at % 2 else _MARK.sub("", part).replace("*", "") for at, part in enumerate(parts))


def paragraphs(lines: tuple[str, ...], most: int = LONGEST_SECTION) -> list[str]:
    """Lines joined into texts of at most `most` letters each (a single longer line stands alone)."""
    found: list[str] = []
    for line in lines:
        if not line:
            continue
        if found and len(found[-1]) + len(line) < most:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def shorten(text: str, most: int, pointer: str) -> str:
    """`text` cut at a line end, with the pointer to the rest."""
    if len(text) <= most:
        return text
    kept = text[: most - 100].rsplit("\n", 1)[0]
    return f"{kept}\n... and more. {plain(pointer)}".rstrip()
