"""Service level objectives over rolling windows: the error budget, how fast it burns, and what that means."""
