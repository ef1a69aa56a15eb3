"""Scanners: collect once, judge purely. Knows nothing of the store or of Slack."""
