"""How requests reach the app: signed HTTP, or Socket Mode."""
