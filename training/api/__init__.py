"""The API of training, below `/api/v1/training/`."""
