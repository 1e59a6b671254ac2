"""Instants as numbers, as texts and as objects: by the compiled functions where there was a C compiler when the package
was installed, else by those of `core.db.plain_times`. The intake needs some for each alert."""

try:
    from core.db._times import as_text, micros, micros_text, to_datetime
except ImportError:
    from core.db.plain_times import as_text, micros, micros_text, to_datetime

__all__ = ["as_text", "micros", "micros_text", "to_datetime"]
