"""The flights example, watched under a simulated clock: by a visitor in the page, or by scripted people."""
