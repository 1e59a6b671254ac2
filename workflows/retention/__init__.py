"""What is older than the team keeps is deleted, a little at a time: see docs/decisions/0025."""
