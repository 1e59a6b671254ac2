"""Where prediction logs lie, and how their tables are opened."""
