/* An SQLite database that changes as a whole, or not at all. */
#include <ambit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "draft.h"

struct state {
    const char *path;
    bool existed;
    struct stat found; /* as it was, where it existed */
    char draft[DRAFT_NAME];
};

/* What is at the path, which may be nothing. */
static ambit_error *look(const char *path, bool *exists, struct stat *found) {
    *exists = !lstat(path, found);
    if (!*exists && errno != ENOENT) return ambit_raise_at(errno, path, "cannot be looked at");
    if (*exists && !S_ISREG(found->st_mode)) return ambit_raise_errno(EINVAL, "`%s` is no file", path);
    return draft_refuse_live(path);
}

/* Another name in the same directory, which nobody else has. */
static ambit_error *name_draft(struct state *state) {
    const char *slash = strrchr(state->path, '/'), *name = slash ? slash + 1 : state->path;
    unsigned number;
    if (getentropy(&number, sizeof number)) return ambit_raise_errno(errno, "there is no randomness");
    int length = snprintf(state->draft, sizeof state->draft, "%.*s.%s.%08x", (int)(name - state->path), state->path, name, number);
    /* SQLite appends to it. */
    return length + 16 < (int)sizeof state->draft ? NULL : ambit_raise("c:ENAMETOOLONG", "the path is too long");
}

static ambit_error *enter(ambit_scope *scope) {
    struct state *state = ambit_state(scope);
    state->path = ambit_string(scope, "path");
    ambit_error *error = look(state->path, &state->existed, &state->found);
    if (!error) error = name_draft(state);
    if (!error) error = ambit_checkpoint("%s", state->draft); /* ahead of what it tells of */
    if (error) return error;
    error = draft_make(state->draft, state->existed ? state->path : NULL);
    if (error) {
        draft_remove(state->draft);
        return error;
    }
    ambit_give_string(scope, state->draft);
    return NULL;
}

static ambit_error *refuse_changed(const struct state *state) {
    struct stat now;
    bool exists;
    ambit_error *error = look(state->path, &exists, &now);
    if (error) return error;
    const struct stat *then = &state->found;
    bool same = exists == state->existed;
    if (same && exists)
        same = now.st_ino == then->st_ino && now.st_size == then->st_size && now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
               now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
    return same ? NULL : ambit_raise("c:SQLITE_BUSY", "`%s` was changed by somebody else meanwhile, and stays so", state->path);
}

/* Puts the draft in the place of the database, in one step. */
static ambit_error *commit(const struct state *state, bool quick) {
    ambit_error *error = draft_check(state->draft, quick);
    if (!error) error = refuse_changed(state);
    if (error) return error;
    if (rename(state->draft, state->path)) return ambit_raise_at(errno, state->path, "cannot be replaced");
    return NULL;
}

static ambit_error *leave(ambit_scope *scope, ambit_error *failure) {
    struct state *state = ambit_state(scope);
    if (failure && ambit_bool(scope, "keep_on_error")) {
        ambit_add_note(failure, "what became of the database is kept in `%s`", state->draft);
        return failure;
    }
    ambit_error *own = failure ? NULL : commit(state, ambit_bool(scope, "quick"));
    ambit_error *left = draft_remove(state->draft);
    if (own) return own;
    return left ? left : failure;
}

static const ambit_parameter parameters[] = {
    {"path", AMBIT_STRING, "The database; it is made if it is not there.", NULL},
    {"quick", AMBIT_BOOL, "Whether SQLite's `quick_check` is enough, which does not look through indexes.", "false"},
    {"keep_on_error", AMBIT_BOOL, "Leaves the copy, if the body fails.", "false"},
    {0},
};

static const ambit_manager database = {
    .name = "database",
    .doc = "An SQLite database that changes as a whole, or not at all.\n\n"
           "The value is a copy of it. If the body succeeds, and SQLite finds the copy sound, it takes the place of the database, in one "
           "step; else the database stays as it was.",
    .parameters = parameters,
    .state = sizeof(struct state),
    .enter = enter,
    .exit = leave,
    .recover = draft_remove,
};

AMBIT_PLUGIN(&database);
