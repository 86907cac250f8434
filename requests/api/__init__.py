"""Letters that another system hands over, each once."""
