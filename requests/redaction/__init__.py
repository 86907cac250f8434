"""What is about somebody else is left out of an answer, with a visible mark and the reason."""
