#include "draft.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const beside[] = {"-wal", "-journal", "-shm", "", NULL};

/* An error of the kind `c:SQLITE_CORRUPT` or another, with what SQLite says of it. Closes the database. */
static ambit_error *refused(sqlite3 *database, const char *what, const char *path) {
    static const struct {
        int code;
        const char *kind, *portable;
    } codes[] = {
        {SQLITE_BUSY, "c:SQLITE_BUSY", NULL},         {SQLITE_CANTOPEN, "c:SQLITE_CANTOPEN", "not-found"},
        {SQLITE_CORRUPT, "c:SQLITE_CORRUPT", NULL},   {SQLITE_FULL, "c:SQLITE_FULL", NULL},
        {SQLITE_IOERR, "c:SQLITE_IOERR", NULL},       {SQLITE_NOMEM, "c:SQLITE_NOMEM", "out-of-memory"},
        {SQLITE_NOTADB, "c:SQLITE_NOTADB", NULL},     {SQLITE_READONLY, "c:SQLITE_READONLY", "permission-denied"},
    };
    const char *kinds[] = {"c:SQLITE_ERROR", NULL, NULL};
    int code = sqlite3_errcode(database) & 0xFF;
    for (size_t at = 0; at < sizeof codes / sizeof *codes; at++)
        if (codes[at].code == code) kinds[0] = codes[at].kind, kinds[1] = codes[at].portable;
    char message[DRAFT_NAME + 256];
    snprintf(message, sizeof message, "`%s` cannot be %s: %s", path, what, sqlite3_errmsg(database));
    sqlite3_close(database);
    return ambit_raise_kinds(kinds, message);
}

/* `path` as a URI, by which SQLite is told that it shall not look for a journal or a lock. */
static char *immutable(const char *path) {
    sqlite3_str *uri = sqlite3_str_new(NULL);
    sqlite3_str_appendall(uri, "file:");
    for (; *path; path++)
        if (strchr("?#%", *path)) sqlite3_str_appendf(uri, "%%%02X", *path);
        else sqlite3_str_appendchar(uri, 1, *path);
    sqlite3_str_appendall(uri, "?immutable=1");
    return sqlite3_str_finish(uri);
}

ambit_error *draft_make(const char *draft, const char *path) {
    if (!path) {
        int file = open(draft, O_CREAT | O_EXCL | O_WRONLY, 0666);
        if (file < 0) return ambit_raise_at(errno, draft, "cannot be made");
        close(file);
        return NULL;
    }
    sqlite3 *to, *from;
    char *uri = immutable(path);
    sqlite3_open_v2(uri, &from, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    sqlite3_free(uri);
    if (sqlite3_errcode(from)) return refused(from, "opened", path);
    if (sqlite3_open_v2(draft, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)) {
        sqlite3_close(from);
        return refused(to, "made", draft);
    }
    /* Nobody needs a draft that is made in part. */
    sqlite3_exec(to, "PRAGMA journal_mode = OFF", NULL, NULL, NULL);
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup) sqlite3_backup_step(backup, -1), sqlite3_backup_finish(backup);
    sqlite3_close(from);
    if (sqlite3_errcode(to)) return refused(to, "copied", path);
    sqlite3_close(to);
    return NULL;
}

/* Raises what a check finds: each row is a complaint, but for the one that says `ok`. */
static ambit_error *complaints(sqlite3 *database, const char *draft, const char *check, const char *what) {
    sqlite3_stmt *rows;
    if (sqlite3_prepare_v2(database, check, -1, &rows, NULL)) return refused(database, "checked", draft);
    ambit_error *error = NULL;
    while (sqlite3_step(rows) == SQLITE_ROW) {
        const char *complaint = (const char *)sqlite3_column_text(rows, 0);
        if (complaint && !strcmp(complaint, "ok")) continue;
        if (!error) error = ambit_raise("c:SQLITE_CORRUPT", "%s", what);
        ambit_add_note(error, "%s", complaint ? complaint : "a row");
    }
    if (sqlite3_finalize(rows) && !error) return refused(database, "checked", draft);
    if (error) sqlite3_close(database);
    return error;
}

ambit_error *draft_check(const char *draft, bool quick) {
    sqlite3 *database;
    if (sqlite3_open_v2(draft, &database, SQLITE_OPEN_READWRITE, NULL)) return refused(database, "opened", draft);
    /* Alone, SQLite reads a write-ahead log without the memory that its processes share, which WASI does not have. */
    sqlite3_exec(database, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    const char *sound = quick ? "PRAGMA quick_check(20)" : "PRAGMA integrity_check(20)";
    const char *refers = "SELECT printf('row %d of %s refers to nothing in %s', rowid, \"table\", parent) "
                         "FROM pragma_foreign_key_check LIMIT 20";
    ambit_error *error = complaints(database, draft, sound, "the database is damaged, and stays as it was");
    if (!error) error = complaints(database, draft, refers, "rows refer to what is not there; the database stays as it was");
    /* The last one to close it brings a write-ahead log into the file. */
    if (!error && sqlite3_close(database)) return refused(database, "closed", draft);
    if (error) return error;
    int file = open(draft, O_RDONLY);
    if (file < 0 || fsync(file)) error = ambit_raise_at(errno, draft, "cannot be written to the disk");
    if (file >= 0) close(file);
    return error;
}

ambit_error *draft_remove(const char *draft) {
    ambit_error *error = NULL;
    for (const char *const *suffix = beside; *suffix; suffix++) {
        char path[DRAFT_NAME];
        snprintf(path, sizeof path, "%s%s", draft, *suffix);
        if (unlink(path) && errno != ENOENT && !error) error = ambit_raise_at(errno, path, "cannot be removed");
    }
    return error;
}

ambit_error *draft_refuse_live(const char *path) {
    for (const char *const *suffix = beside; **suffix; suffix++) {
        char live[DRAFT_NAME], first = 1;
        snprintf(live, sizeof live, "%s%s", path, *suffix);
        int file = open(live, O_RDONLY);
        if (file < 0 && errno == ENOENT) continue;
        if (file < 0) return ambit_raise_at(errno, live, "cannot be read");
        /* A journal that begins with a zero, or is empty, is kept for its next use. */
        bool kept = !strcmp(*suffix, "-journal") && (read(file, &first, 1) < 1 || !first);
        close(file);
        if (!kept)
            return ambit_raise("c:SQLITE_BUSY", "`%s` is there: a program has the database open, or was killed while it had; "
                               "end it, or open the database once by `sqlite3`", live);
    }
    return NULL;
}
