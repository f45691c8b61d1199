"""The verbs of the customer record, by noun; callers import the module of the noun."""
