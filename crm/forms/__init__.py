"""What people fill in on the pages of the customer record, by noun."""
