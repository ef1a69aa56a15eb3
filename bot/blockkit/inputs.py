"""What a person fills in or chooses from, as plain dicts. Labels, hints and options are plain text."""

from collections.abc import Sequence

from bot.blockkit.build import Block, plain_text

Choice = tuple[str, str]  # value, label


def asked(label: str, name: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    """An input block: its `name` is the block id and action id under which a submission brings the answer."""
    made: Block = {
        "type": "input",
        "block_id": name,
        "label": plain_text(label),
        "element": element | {"action_id": name},
        "optional": optional,
    }
    return made | ({"hint": plain_text(hint)} if hint else {})


def box(*, initial: str = "", most: int = 1_000, lines: bool = False, example: str = "") -> Block:
    """A box to type in, `lines` for one of several lines."""
    made: Block = {"type": "plain_text_input", "multiline": lines, "max_length": most}
    made |= {"initial_value": initial[:most]} if initial else {}
    return made | ({"placeholder": plain_text(example)} if example else {})


def radio(choices: Sequence[Choice], initial: str = "") -> Block:
    """One of a few, all in sight."""
    return _chosen({"type": "radio_buttons"}, choices, initial)


def select(choices: Sequence[Choice], initial: str = "", example: str = "Choose") -> Block:
    """One of up to a hundred, in a menu."""
    made: Block = {"type": "static_select", "placeholder": plain_text(example)}
    return _chosen(made, choices, initial)


def day(initial: str = "") -> Block:
    """A date, YYYY-MM-DD."""
    made: Block = {"type": "datepicker", "placeholder": plain_text("Choose a day")}
    return made | ({"initial_date": initial} if initial else {})


def overflow(action_id: str, choices: Sequence[Choice]) -> Block:
    """A menu behind three dots: five choices at most."""
    return {"type": "overflow", "action_id": action_id, "options": [option(*one) for one in choices]}


def option(value: str, label: str) -> Block:
    """One choice."""
    return {"text": plain_text(label), "value": value}


def _chosen(made: Block, choices: Sequence[Choice], initial: str) -> Block:
    made["options"] = [option(*one) for one in choices]
    first = next((one for one in made["options"] if one["value"] == initial), None)
    return made | ({"initial_option": first} if first else {})
