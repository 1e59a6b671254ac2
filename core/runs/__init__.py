"""Durable runs, requested in the transaction that caused them."""
