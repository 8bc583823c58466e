/* A plugin with one manager, `draft`. */
#include <ambit.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

struct state {
    char draft[4096];
};

/* Removes a draft. It may run twice, or though there never was one. */
static ambit_error *discard(const char *draft) {
    if (unlink(draft) && errno != ENOENT) return ambit_raise_at(errno, draft, "cannot be removed");
    return NULL;
}

static ambit_error *enter(ambit_scope *scope) {
    struct state *state = ambit_state(scope);
    const char *path = ambit_string(scope, "path");
    unsigned long long random;
    if (getentropy(&random, sizeof random)) return ambit_raise_errno(errno, "there are no random numbers");
    int length = snprintf(state->draft, sizeof state->draft, "%s.%016llx", path, random);
    if (length >= (int)sizeof state->draft) return ambit_raise_errno(ENAMETOOLONG, "`%s` is too long", path);
    ambit_error *error = ambit_checkpoint("%s", state->draft); /* what is released though `ambit` is killed */
    if (error) return error;
    int file = open(state->draft, O_CREAT | O_EXCL | O_WRONLY, 0666);
    if (file < 0) return ambit_raise_at(errno, state->draft, "cannot be made");
    close(file);
    ambit_give_string(scope, state->draft);
    return NULL;
}

static ambit_error *leave(ambit_scope *scope, ambit_error *failure) {
    struct state *state = ambit_state(scope);
    const char *path = ambit_string(scope, "path");
    if (failure) {
        ambit_error *error = discard(state->draft);
        return error ? error : failure; /* the body's error goes on */
    }
    if (rename(state->draft, path)) return ambit_raise_at(errno, path, "cannot be written");
    return NULL;
}

static const ambit_parameter parameters[] = {{"path", AMBIT_STRING, "The file.", NULL}, {0}};

static const ambit_manager draft = {
    .name = "draft",
    .doc = "A file that is written whole or not at all.\n\nThe value is the path of a draft beside it. If the body succeeds, the draft "
           "becomes the file; if it fails, the draft is removed, and the file stays as it was.",
    .parameters = parameters,
    .state = sizeof(struct state),
    .enter = enter,
    .exit = leave,
    .recover = discard,
};

AMBIT_PLUGIN(&draft);
