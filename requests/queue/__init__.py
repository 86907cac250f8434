"""All requests in one list: what is chosen stands in the address, and nothing of a person does."""
