"""Model versions: the registry, training, the gate, deployment and rollback."""
