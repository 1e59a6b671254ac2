"""Rotations, pages, escalation and handoff."""
