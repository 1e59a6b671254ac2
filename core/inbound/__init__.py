"""What people and Slack asked for, on disk before it is acknowledged."""
