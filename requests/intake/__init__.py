"""What came in: the rights its words invoke, with the words that show it.

A person confirms them; what a letter, call or e-mail asks is entered by an officer.
"""
