"""What each right comes to for each dossier: the matrix proposes, an officer decides.

What a decision changes is carried out by `requests.services`, in the transaction of the approval.
"""
