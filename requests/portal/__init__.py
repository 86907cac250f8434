"""What a person meets: one question a screen, and a page of their own.

Nothing that is typed is lost, and every answer is the same whether we know somebody or not.
"""
