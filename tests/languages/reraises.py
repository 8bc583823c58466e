"""A manager that does nothing, and lets the body's error go on."""

from collections.abc import Iterator

from ambit_guest import manager


@manager
def reraises() -> Iterator[None]:
    """Returns the body's error."""
    yield
