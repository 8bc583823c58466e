/* Plays the managers of recorded scenarios; ../../FORMAT.md describes their scripts.
 *
 * What it logs it writes on stdout, a line each, as it happens: so the order of what guest and host log is kept. */
#include <ambit.h>
#include <stdio.h>
#include <string.h>
#include <yyjson.h>

static const char *string(yyjson_val *of, const char *key) { return yyjson_get_str(yyjson_obj_get(of, key)); }

static ambit_error *thrown(yyjson_val *error) { return ambit_raise(string(error, "kind"), "%s", string(error, "message")); }

static ambit_error *act(const char *name, yyjson_val *actions) {
    size_t at, count;
    yyjson_val *action;
    yyjson_arr_foreach(actions, at, count, action) {
        yyjson_val *raise = yyjson_obj_get(action, "raise");
        if (raise) return thrown(raise);
        printf("%s: %s\n", name, string(action, "log"));
    }
    return NULL;
}

/* What scenarios call an error: a broken contract is of the kind `Protocol`, in words of no language. */
static const char *named(ambit_error *error, const char **message) {
    bool yielded = !ambit_is(error, "did-not-yield");
    if (!yielded || ambit_is(error, "did-not-stop")) {
        *message = yielded ? "did not stop" : "did not yield";
        return "Protocol";
    }
    *message = ambit_message(error);
    return ambit_kinds(error)[0];
}

/* The except clauses. The context of a new error is the host's to set. */
static ambit_error *handle(const char *name, yyjson_val *handlers, ambit_error *caught) {
    const char *message, *kind = named(caught, &message);
    size_t at, count;
    yyjson_val *handler;
    yyjson_arr_foreach(handlers, at, count, handler) {
        const char *catch = string(handler, "catch");
        if (strcmp(catch, "*") && strcmp(catch, kind)) continue;
        printf("%s: caught %s(%s)\n", name, kind, message);
        ambit_error *raised = act(name, yyjson_obj_get(handler, "actions"));
        if (raised) return raised;
        yyjson_val *then = yyjson_obj_get(handler, "then");
        if (yyjson_equals_str(then, "suppress")) return NULL;
        if (yyjson_equals_str(then, "reraise")) return caught;
        raised = thrown(yyjson_obj_get(then, "raise"));
        const char *from = string(then, "from");
        if (!strcmp(from, "caught")) return ambit_from(raised, caught);
        if (!strcmp(from, "none")) return ambit_from(raised, NULL);
        return raised;
    }
    return caught;
}

static ambit_error *enter(ambit_scope *scope) {
    yyjson_val *script = ambit_json(scope, "script");
    ambit_error *error = act(ambit_string(scope, "name"), yyjson_obj_get(script, "before"));
    if (error) return error;
    if (!yyjson_get_uint(yyjson_obj_get(script, "yields"))) return ambit_raise_broken("did-not-yield");
    ambit_give_string(scope, string(script, "value"));
    return NULL;
}

static ambit_error *leave(ambit_scope *scope, ambit_error *failure) {
    const char *name = ambit_string(scope, "name");
    yyjson_val *script = ambit_json(scope, "script");
    ambit_error *passing = failure ? handle(name, yyjson_obj_get(script, "handlers"), failure) : act(name, yyjson_obj_get(script, "else"));
    ambit_error *raised = act(name, yyjson_obj_get(script, "finally"));
    /* An error that is raised in a `finally` has the one that passes through as context. */
    if (raised) return passing ? ambit_within(raised, passing) : raised;
    if (!passing && yyjson_get_uint(yyjson_obj_get(script, "yields")) > 1) {
        /* The scope is used up: what follows is not what the script says. */
        printf("%ccannot yield again\n", 0);
    }
    return passing;
}

static const ambit_parameter parameters[] = {
    {"name", AMBIT_STRING, "What its log lines begin with.", NULL},
    {"script", AMBIT_OBJECT, NULL, NULL},
    {0},
};

const ambit_manager scripted = {
    .name = "scripted",
    .doc = "Behaves as its script says.",
    .parameters = parameters,
    .enter = enter,
    .exit = leave,
};
