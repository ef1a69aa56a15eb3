"""Pure functions from a Reply or a Post's subject to Block Kit."""
