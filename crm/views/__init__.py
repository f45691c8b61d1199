"""Pages of the customer record, by noun."""
