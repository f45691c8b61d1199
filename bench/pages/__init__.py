"""Look at every page of a running demo center; see bench/pages/__main__.py."""
