"""By when an answer is due, from facts that are kept; and who is told of it, in words."""
