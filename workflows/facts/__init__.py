"""Facts that one concept needs of its neighbours, gathered as plain values."""
