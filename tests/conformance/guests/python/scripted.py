"""Plays the managers of recorded scenarios; `tests/conformance/FORMAT.md` describes their scripts.

What it logs it writes on stdout, a line each, as it happens: so the order of what guest and host log is kept.
"""

from collections.abc import Iterator
from typing import Any

from ambit_guest import kind as kind_of
from ambit_guest import kinds, manager

Json = dict[str, Any]


@manager
def scripted(name: str, script: Json) -> Iterator[str]:
    """Behaves as its script says."""
    act(name, script["before"])
    for _ in range(script["yields"]):
        try:
            try:
                yield script["value"]
            except Exception as error:
                handle(name, script["handlers"], error)
            else:
                act(name, script["else"])
        finally:
            act(name, script["finally"])


def handle(name: str, handlers: list[Json], error: Exception) -> None:
    """The except clauses. Returns if the error is handled, raises if it is not."""
    caught, message = named(error)
    for handler in handlers:
        if handler["catch"] not in ("*", caught):
            continue
        print(f"{name}: caught {caught}({message})")
        act(name, handler["actions"])
        then = handler["then"]
        if then == "suppress":
            return
        if then == "reraise":
            raise error
        new = thrown(**then["raise"])
        if then["from"] == "caught":
            raise new from error
        if then["from"] == "none":
            raise new from None
        raise new
    raise error


def act(name: str, actions: list[Json]) -> None:
    """Logs and raises."""
    for action in actions:
        if "log" in action:
            print(f"{name}: {action['log']}")
        else:
            raise thrown(**action["raise"])


def thrown(kind: str, message: str) -> BaseException:
    """An error of that kind alone."""
    return kind_of(kind)(message)


def named(error: Exception) -> tuple[str, str]:
    """What scenarios call an error: a broken contract is of the kind `Protocol`, in words of no language."""
    for rule in ("did-not-yield", "did-not-stop"):
        if rule in kinds(error):
            return "Protocol", rule.replace("-", " ")
    return kinds(error)[0], str(error)
