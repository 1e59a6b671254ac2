"""Monitoring, walked over a log of the past as if it were live: what would have been sent, and was it right."""
