"""Goldilocks itself stands still: it notices, and says so past its database."""
