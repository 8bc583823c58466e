/* A directory for as long as the body runs, removed afterwards, even if the host is killed. */
#include <ambit.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* It may run twice, or though the directory was never made. */
static ambit_error *remove_all(const char *path) {
    DIR *directory = opendir(path);
    if (!directory) return errno == ENOENT ? NULL : ambit_raise_at(errno, path, "cannot be read");
    ambit_error *error = NULL;
    for (struct dirent *entry; !error && (entry = readdir(directory));) {
        char inner[4096];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) >= (int)sizeof inner)
            error = ambit_raise("c:ENAMETOOLONG", "a path in `%s` is too long", path);
        else if (entry->d_type == DT_DIR) error = remove_all(inner);
        else if (unlink(inner) && errno != ENOENT) error = ambit_raise_at(errno, inner, "cannot be removed");
    }
    closedir(directory);
    if (!error && rmdir(path) && errno != ENOENT) error = ambit_raise_at(errno, path, "cannot be removed");
    return error;
}

struct state {
    const char *path; /* an argument, which lives as long as the scope */
};

static ambit_error *enter(ambit_scope *scope) {
    struct state *state = ambit_state(scope);
    state->path = ambit_string(scope, "path");
    struct stat found;
    if (!stat(state->path, &found)) return ambit_raise_errno(EEXIST, "`%s` is not ours", state->path);
    ambit_error *error = ambit_checkpoint("%s", state->path); /* ahead of what it tells of */
    if (error) return error;
    if (mkdir(state->path, 0777)) return ambit_raise_at(errno, state->path, "cannot be made");
    ambit_give_string(scope, state->path); /* what `as` binds */
    return NULL;
}

static ambit_error *leave(ambit_scope *scope, ambit_error *failure) {
    struct state *state = ambit_state(scope);
    if (failure && ambit_bool(scope, "keep_on_error")) return failure; /* the same error goes on */
    ambit_error *error = remove_all(state->path);
    return error ? error : failure;
}

static const ambit_parameter parameters[] = {
    {"path", AMBIT_STRING, "The directory; nothing may be there.", "\"scratch\""},
    {"keep_on_error", AMBIT_BOOL, "Leaves it, if the body fails.", "false"},
    {0},
};

static const ambit_manager scratch = {
    .name = "scratch",
    .doc = "A directory for as long as the body runs.",
    .parameters = parameters,
    .state = sizeof(struct state),
    .enter = enter,
    .exit = leave,
    .recover = remove_all,
};

AMBIT_PLUGIN(&scratch);
