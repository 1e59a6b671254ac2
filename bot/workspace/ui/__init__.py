"""The interface of the page: what a person sees, what they do, and live updates."""
