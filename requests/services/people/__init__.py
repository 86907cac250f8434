"""Who asks, for whom, and who in the registry is meant: proposed, proven, confirmed."""
