"""Files that come with a letter or a message.

What each is shows by its content; all of it is held sealed, and leaves as a download only.
"""
