"""Sub-populations that fail: every slice of one, two or three attributes against its own past."""
