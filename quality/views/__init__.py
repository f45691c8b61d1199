"""Pages of quality and the small JSON endpoints behind them."""
