"""Recipients, source systems and clients: what they are told, behind a link of their own.

In the invoice phase the seller decides, so a request goes on to the seller.
"""
