"""Bringing a team over from another tool: one reader for each tool's files, one writer of `team.yaml`. They are pure;
`files` reads the disk, and `run` writes."""
