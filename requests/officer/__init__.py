"""The page of one request: what is to be done, what is missing, and what happened."""
