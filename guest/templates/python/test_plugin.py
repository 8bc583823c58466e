"""`python3 -m unittest` runs these, without a component."""

import os
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parent / ".ambit/guest/python/src"))  # ambit-guest is in no registry yet

from plugin import discard, draft


class Draft(unittest.TestCase):
    """A manager is one of Python's own here, for a `with` of Python's own."""

    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "notes"

    def test_what_a_body_wrote_becomes_the_file(self) -> None:
        with draft(self.path) as path:
            path.write_text("new")
        self.assertEqual(self.path.read_text(), "new")
        self.assertEqual(os.listdir(self.path.parent), ["notes"])

    def test_a_body_that_fails_leaves_the_file_as_it_was(self) -> None:
        self.path.write_text("old")
        with self.assertRaises(LookupError), draft(self.path) as path:
            path.write_text("new")
            raise LookupError
        self.assertEqual(self.path.read_text(), "old")
        self.assertEqual(os.listdir(self.path.parent), ["notes"])

    def test_a_draft_is_removed_if_its_scope_is_lost(self) -> None:
        self.path.touch()
        for _ in range(2):
            discard(self.path)
        self.assertEqual(os.listdir(self.path.parent), [])


if __name__ == "__main__":
    unittest.main()
