"""The one queue of production ML bugs."""
