"""Pure functions from state to Block Kit; one module a concept."""
