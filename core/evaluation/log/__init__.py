"""A log of predictions and labels, asked where it lies: the port, and Ibis behind it."""
