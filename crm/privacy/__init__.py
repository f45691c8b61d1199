"""What a person may ask of their data: a copy of it, and that it goes."""
