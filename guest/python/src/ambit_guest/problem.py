"""What keeps a plugin from being built."""


class Problem(Exception):
    """One sentence for a person: what is wrong, where, and what to do."""
