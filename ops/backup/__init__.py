"""Take the database away as one consistent, sealed copy, and bring it back."""
