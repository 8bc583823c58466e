"""Tests the plugin as users have it: `test.py AMBIT DATABASE.wasm`."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import closing
from pathlib import Path

AMBIT, PLUGIN = (str(Path(name).absolute()) for name in sys.argv[1:3])

# Runs statements on a database, and ends as one that is killed: nothing is closed.
SQL = (
    "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
    "[c.execute(s).fetchall() for s in sys.argv[2:]]; os._exit(0)"
)


class Database(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "app.db"
        self.sql(self.path, "CREATE TABLE t (x INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)")

    def sql(self, path: Path, *statements: str) -> None:
        subprocess.run([sys.executable, "-c", SQL, path, *statements], check=True)

    def ambit(self, script: str, *, name: str = "app.db", more: str = "", journal: bool = False) -> tuple[int, str]:
        """Runs a script inside the manager, where `sql` runs statements on `$DB`; gives its status and what was said."""
        script = f'sql() {{ "{sys.executable}" -c "$SQL" "$DB" "$@"; }}; {script}'
        kept = ["--journal", "journal"] if journal else ["--no-journal"]
        manager = f'{PLUGIN}:database("{name}"{more}) as DB'
        command = [AMBIT, "with", *kept, "--dir", ".", manager, "--", "env", f"SQL={SQL}", "sh", "-c", script]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def rows(self) -> list[int]:
        with closing(sqlite3.connect(self.path)) as database:
            return [row for (row,) in database.execute("SELECT x FROM t")]

    def alone(self) -> None:
        self.assertEqual([each.name for each in self.folder.iterdir()], ["app.db"])

    def check(self, script: str, status: int, says: str, rows: list[int], **options: str) -> None:
        ended, said = self.ambit(script, **options)
        self.assertEqual(ended, status, said)
        self.assertIn(says, said)
        self.assertEqual(self.rows(), rows)
        self.alone()

    def test_what_succeeds_is_there_as_a_whole(self) -> None:
        self.check('sql "INSERT INTO t VALUES (2)" && sql "INSERT INTO t VALUES (3)"', 0, "", [1, 2, 3])

    def test_what_fails_changes_nothing(self) -> None:
        self.check('sql "DELETE FROM t"; exit 3', 3, "", [1])

    def test_a_database_that_is_not_there_is_made(self) -> None:
        self.path.unlink()
        self.check('sql "CREATE TABLE t (x)" "INSERT INTO t VALUES (7)"', 0, "", [7])

    def test_a_write_ahead_log_is_brought_into_the_file(self) -> None:
        self.check('sql "PRAGMA journal_mode = WAL" "INSERT INTO t VALUES (2)" && ls -A', 0, "-wal", [1, 2])

    def test_a_transaction_that_was_cut_is_rolled_back(self) -> None:
        big = "WITH RECURSIVE n(x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM n LIMIT 99999) INSERT INTO t SELECT x FROM n"
        cut = f'sql "PRAGMA cache_size = 1" "BEGIN" "{big}" && ls -A'
        self.check(cut, 0, "-journal", [1])

    def test_a_row_that_refers_to_nothing_is_refused(self) -> None:
        script = 'sql "CREATE TABLE r (x REFERENCES t)" "INSERT INTO r VALUES (9)"'
        self.check(script, 112, "row 1 of r refers to nothing in t", [1])

    def test_a_copy_that_was_damaged_is_refused(self) -> None:
        self.check('printf xxxx | dd of="$DB" bs=1 seek=4096 conv=notrunc', 112, "c:SQLITE_CORRUPT", [1])

    def test_a_copy_that_was_removed_is_told(self) -> None:
        self.check('rm "$DB"', 112, "c:SQLITE_CANTOPEN, not-found", [1])

    def test_a_change_of_somebody_else_stays(self) -> None:
        self.check('DB=app.db; sql "INSERT INTO t VALUES (5)"', 112, "was changed by somebody else", [1, 5])

    def test_a_name_may_have_what_a_uri_means(self) -> None:
        self.path = self.path.rename(self.folder / "a?b#c%d")
        self.assertEqual(self.ambit('sql "INSERT INTO t VALUES (2)"', name="a?b#c%d")[0], 0)
        self.assertEqual(self.rows(), [1, 2])

    def test_a_file_that_is_no_database_is_refused(self) -> None:
        self.path.write_text("no database" * 1000)
        self.assertIn("c:SQLITE_NOTADB", self.ambit("true")[1])
        self.alone()

    def test_a_database_that_a_program_left_open_is_refused(self) -> None:
        self.sql(self.path, "PRAGMA journal_mode = WAL", "INSERT INTO t VALUES (2)")
        self.assertIn("`app.db-wal` is there", self.ambit("true")[1])
        self.assertEqual(self.rows(), [1, 2])

    def test_a_copy_is_kept_where_that_is_asked_for(self) -> None:
        status, said = self.ambit('sql "INSERT INTO t VALUES (2)"; exit 3', more=", keep_on_error=true")
        self.assertEqual(status, 3)
        (kept,) = self.folder.glob(".app.db.*")
        self.assertIn(kept.name, said)

    def test_what_a_killed_ambit_left_is_removed_by_a_recovery(self) -> None:
        self.assertEqual(self.ambit('sql "PRAGMA journal_mode = WAL" "DELETE FROM t"; kill -9 $PPID', journal=True)[0], -9)
        # Nothing is touched until its command has ended too, which may be a moment later.
        for _ in range(100):
            subprocess.run([AMBIT, "recover", "--journal", "journal"], cwd=self.folder, capture_output=True)
            if not list(self.folder.glob(".app.db.*")):
                break
            time.sleep(0.1)
        self.assertEqual(list(self.folder.glob(".app.db.*")), [])
        self.assertEqual(self.rows(), [1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
