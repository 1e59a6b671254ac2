"""What several measurements share: traffic, clients, and the servers to be measured."""
