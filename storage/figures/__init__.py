"""The thirty-day figures: pure functions over episodes and coverage, each beside its `Definition`. No SQL here."""
