"""The answer to an access request: everything we hold of a person, in words.

It cannot be approved while it lacks what the law asks, and tells nothing that the law forbids to
tell.
"""
