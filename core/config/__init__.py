"""The reviewed YAML, typed, with errors that name file, line and remedy."""
