/* What the component exports: the managers of `ambit_plugin`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "call.h"

EXPORT("managers", "describe") list *managers_describe(void);
EXPORT("managers", "[static]scope.enter") entered *managers_enter(char *name, size_t length, char *inputs, size_t of);
EXPORT("managers", "[method]scope.exit") maybe *managers_exit(ambit_scope *scope, int32_t failed, handle raised);
EXPORT("managers", "[dtor]scope") void managers_drop(ambit_scope *scope);
EXPORT("recovery", "recover") maybe *recovery_recover(char *name, size_t length, char *state, size_t of);

/* Where the host finds memory for what it hands in. */
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t size, size_t align, size_t wanted) {
    (void)size;
    if (wanted == 0) return (void *)align;
    void *allocated = realloc(old, wanted);
    if (!allocated) abort();
    return allocated;
}

/* A line is written when it ends, so that none is lost in a trap. */
__attribute__((constructor)) static void write_lines(void) { setvbuf(stdout, NULL, _IOLBF, BUFSIZ); }

static text constant(const char *from) { return from ? (text){from, strlen(from)} : (text){"", 0}; }

/* The memory of a description is kept: it is the same at each call. */
static list parameters(const ambit_manager *manager) {
    size_t count = 0;
    while (manager->parameters && manager->parameters[count].name) count++;
    described_parameter *all = calloc(count + 1, sizeof *all);
    if (!all) abort();
    for (size_t at = 0; at < count; at++) {
        const ambit_parameter *from = &manager->parameters[at];
        if (from->initial) yyjson_doc_free(arguments_initial(from));
        all[at] = (described_parameter){constant(from->name), constant(from->doc), from->initial != NULL, constant(from->initial)};
    }
    return (list){all, count};
}

list *managers_describe(void) {
    static list answer;
    if (answer.at) return &answer;
    size_t count = 0;
    while (ambit_plugin[count]) count++;
    described_manager *all = calloc(count + 1, sizeof *all);
    if (!all) abort();
    for (size_t at = 0; at < count; at++) {
        const ambit_manager *manager = ambit_plugin[at];
        /* What else can be wrong with it the host sees. */
        if (!manager->enter) call_mistake("the manager `%s` has no function `enter`", manager->name ? manager->name : "");
        all[at] = (described_manager){constant(manager->name), constant(manager->doc), parameters(manager)};
    }
    answer = (list){all, count};
    return &answer;
}

/* What the host handed in: ours to free. */
static text received(char *at, size_t length) {
    if (length) call_keep(at);
    return (text){at, length};
}

static const ambit_manager *find(text name) {
    for (const ambit_manager *const *each = ambit_plugin; *each; each++)
        if (strlen((*each)->name) == name.length && !memcmp((*each)->name, name.at, name.length)) return *each;
    return NULL;
}

static ambit_error *not_offered(text name) {
    return ambit_raise("invalid-argument", "there is no manager `%s`", call_text(name));
}

/* The host drops a scope once, entered or not to its end. */
void managers_drop(ambit_scope *scope) {
    arguments_free(scope);
    free(scope->value);
    free(scope);
}

entered *managers_enter(char *name, size_t length, char *inputs, size_t of) {
    /* What is answered holds until the next call; so does the text in it, which the scope holds. */
    static entered answer;
    text wanted = received(name, length), given = received(inputs, of);
    const ambit_manager *manager = find(wanted);
    ambit_scope *scope = NULL;
    ambit_error *error = manager ? NULL : not_offered(wanted);
    if (!error) {
        scope = calloc(1, sizeof *scope + manager->state);
        if (!scope) abort();
        scope->manager = manager;
        error = arguments_read(scope, given);
        if (!error) error = manager->enter(scope);
    }
    maybe failed = call_end(error);
    if (failed.some) {
        if (scope) managers_drop(scope);
        answer = (entered){.failed = 1, .scope_or_raised = failed.raised};
    } else {
        answer = (entered){.scope_or_raised = scope_new(scope), .value = constant(scope->value ? scope->value : "null")};
    }
    return &answer;
}

maybe *managers_exit(ambit_scope *scope, int32_t failed, handle raised) {
    static maybe answer;
    ambit_error *failure = failed ? call_error(raised) : NULL;
    answer = call_end(scope->manager->exit ? scope->manager->exit(scope, failure) : failure);
    return &answer;
}

maybe *recovery_recover(char *name, size_t length, char *state, size_t of) {
    static maybe answer;
    text wanted = received(name, length), left = received(state, of);
    const ambit_manager *manager = find(wanted);
    ambit_error *error;
    if (!manager) error = not_offered(wanted);
    else if (!manager->recover) error = ambit_raise("unsupported", "the manager `%s` has no recovery", manager->name);
    else error = manager->recover(call_text(left));
    answer = call_end(error);
    return &answer;
}

void *ambit_state(ambit_scope *scope) { return scope->state; }
