"""The process and its faces: Slack, terminal, scheduler, sandbox."""
