"""Recognising what the YAML calls otherwise than before."""
