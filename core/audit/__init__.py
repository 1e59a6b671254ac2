"""Who did what, when, and what came of it."""
