"""Context managers in Python, as WebAssembly components for every Ambit host.

A *manager* is a generator function with one `yield`, marked by `@manager`: what stands ahead of the yield is its enter, what
stands behind it its exit, and an error of the body is raised at the yield. `python -m ambit_guest build app.py` makes a plugin
of the managers of a module.
"""

from .checkpoints import checkpoint
from .classes import Cancelled, Fault, InvalidArgument, detail, kind, kinds
from .manager import manager
from .value import NotJson

__all__ = ["Cancelled", "Fault", "InvalidArgument", "NotJson", "checkpoint", "detail", "kind", "kinds", "manager"]
