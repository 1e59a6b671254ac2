"""Streams that imitate well-known public ones with their odd traits, so that checks are judged on the unseen."""
