"""What changed outside: deployments, retrains, configuration, as senders tell it."""
