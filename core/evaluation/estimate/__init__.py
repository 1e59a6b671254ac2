"""The metric of a window before and while its labels arrive: a distribution, or the reason why it cannot be known."""
