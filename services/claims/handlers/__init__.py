"""What claims does: load the rows, let them decide, announce what they say.

Every transaction locks repair orders, then claims, then their lines, each of them in the order of keys: a hearer holds the
repair order of each fact before it looks for other claims of it, and a line is only written by who holds its claim.
"""
