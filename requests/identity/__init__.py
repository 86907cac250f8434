"""Who asks, and for whom: each proof opens the person whose identifier it proves, nobody else.

Nobody is asked for a copy of an identity document.
"""
