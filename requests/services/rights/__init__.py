"""What each right does once it is granted, in the transaction of its approval."""
