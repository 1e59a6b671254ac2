"""Jobs that are expected to report, and what it means when one does not."""
