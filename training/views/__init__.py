"""Pages of training, one file for each noun."""
