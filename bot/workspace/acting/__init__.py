"""What people do in a workspace, and what each of it sends to the app."""
