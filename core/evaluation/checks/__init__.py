"""Data checks: what a window's summary says is wrong, judged against the pipeline's own past windows."""
