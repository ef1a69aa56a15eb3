"""Slack's limits on Block Kit, in characters or pieces (Block Kit reference; chat.postMessage)."""

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_TEXT = 4_000
MESSAGE_TOTAL = 10_000  # all texts of a message's blocks; Slack refuses at about 13,000
VIEW_TOTAL = 60_000  # a view may hold 250 kB of JSON, in which a letter takes up to four bytes
HEADER_TEXT = 150
SECTION_TEXT = 3_000
FIELDS = 10
FIELD_TEXT = 2_000
CONTEXT_ELEMENTS = 10
CONTEXT_TEXT = 3_000
ACTIONS = 25
BUTTON_TEXT = 75
VALUE = 2_000
ACTION_ID = 255
BLOCK_ID = 255
VIEW_TITLE = 24
PRIVATE_METADATA = 3_000
CALLBACK_ID = 255
