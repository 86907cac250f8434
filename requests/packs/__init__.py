"""The data of an answer, made once and sealed under a key of its own.

They are taken, made anew, handed on to another company, and emptied in time.
"""
