"""The page about a backtest: views of plain values, complete in themselves, without scripts and without a network."""
