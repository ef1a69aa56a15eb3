"""Events of an account: which checks each calls for, and the queue they come in. docs/decisions/0019-events.md."""
