"""The API of surveys, below /api/v1/feedback/."""
