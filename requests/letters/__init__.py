"""The letter that goes with an answer follows from the decisions.

It does not go while the law asks for more than it holds.
"""
