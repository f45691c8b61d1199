"""Making one customer of two, and two of one again."""
