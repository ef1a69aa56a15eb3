"""The store: findings, the ledger of events, posts. Knows nothing of Slack."""
