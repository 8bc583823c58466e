"""How a scenario names an error."""


class Raised(Exception):
    """An error of a scenario: `kind` stands for its type, `message` for its text."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind, self.message = kind, message


def name(exc):
    """An error's kind and message; contextlib's own complaints become kind "Protocol", in words of no language."""
    if isinstance(exc, Raised):
        return exc.kind, exc.message
    if isinstance(exc, RuntimeError) and str(exc).startswith("generator didn't yield"):
        return "Protocol", "did not yield"
    if isinstance(exc, RuntimeError) and str(exc).startswith("generator didn't stop"):
        return "Protocol", "did not stop"
    raise AssertionError(f"a scenario cannot raise {exc!r}")


def show(exc):
    kind, message = name(exc)
    return f"{kind}({message})"


def describe(exc):
    """An error and its chain, newest first, as CPython would display it: a cause hides a context."""
    chain, seen = [], set()
    relation = "raised"
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        chain.append(dict(zip(("relation", "kind", "message"), (relation, *name(exc)))))
        if exc.__cause__ is not None:
            relation, exc = "cause", exc.__cause__
        elif exc.__context__ is not None and not exc.__suppress_context__:
            relation, exc = "context", exc.__context__
        else:
            break
    return chain


def matches(pattern, exc):
    return pattern in ("*", name(exc)[0])
