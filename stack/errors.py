class StackError(Exception):
    """Something about the local stack failed; the text says what, and what to do about it."""
