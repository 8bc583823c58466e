"""The managers that recordings and cases are played with."""

import cases  # noqa: F401
import scripted  # noqa: F401
