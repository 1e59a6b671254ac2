"""Summaries: what one pass over a window's rows keeps of them, so that checks read history and never rows."""
