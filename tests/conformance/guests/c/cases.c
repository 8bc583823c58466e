/* The managers of cases that no scenario can tell; each language has them by the same names. */
#include <ambit.h>
#include <string.h>
#include <yyjson.h>

static ambit_error *enter_nothing(ambit_scope *scope) {
    (void)scope;
    return NULL;
}

const ambit_manager passing = {.name = "passing", .doc = "Does nothing: it has no exit.", .enter = enter_nothing};

static ambit_error *leave_wrapping(ambit_scope *scope, ambit_error *failure) {
    (void)scope;
    return failure ? ambit_from(ambit_raise("c:cases.Wrapped", "wrapped"), failure) : NULL;
}

const ambit_manager wrapping = {
    .name = "wrapping", .doc = "Raises a new error from the body's.", .enter = enter_nothing, .exit = leave_wrapping};

static ambit_error *leave_cutting(ambit_scope *scope, ambit_error *failure) {
    (void)scope;
    return failure ? ambit_within(ambit_raise("new", "new"), NULL) : NULL;
}

const ambit_manager cutting = {
    .name = "cutting", .doc = "Raises a new error, of which nothing is the context.", .enter = enter_nothing, .exit = leave_cutting};

static ambit_error *enter_documented(ambit_scope *scope) {
    ambit_give_string(scope, ambit_string(scope, "path"));
    return NULL;
}

const ambit_manager documented = {
    .name = "documented",
    .doc = "Has a first line.\n\nAnd a second paragraph.",
    .parameters =
        (const ambit_parameter[]){
            {"keep", AMBIT_BOOL, "Whether to keep it.", NULL},
            {"path", AMBIT_STRING, "Where it is.", "\"here\""},
            {0},
        },
    .enter = enter_documented,
};

static const ambit_parameter names[] = {
    {"self", AMBIT_STRING, NULL, NULL},    {"func", AMBIT_STRING, NULL, NULL},    {"args", AMBIT_STRING, NULL, NULL},
    {"kwds", AMBIT_STRING, NULL, NULL},    {"inputs", AMBIT_STRING, NULL, NULL},  {"manager", AMBIT_STRING, NULL, NULL},
    {"failure", AMBIT_STRING, NULL, NULL}, {0},
};

static ambit_error *enter_keywords(ambit_scope *scope) {
    yyjson_mut_doc *given = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *values = yyjson_mut_arr(given);
    yyjson_mut_doc_set_root(given, values);
    for (const ambit_parameter *each = names; each->name; each++) {
        yyjson_mut_arr_add_str(given, values, ambit_string(scope, each->name));
    }
    ambit_give_json(scope, given);
    yyjson_mut_doc_free(given);
    return NULL;
}

const ambit_manager keywords = {.name = "keywords", .parameters = names, .enter = enter_keywords};

static int64_t depth;

static ambit_error *enter_recursive(ambit_scope *scope) {
    ambit_give_int(scope, ++depth);
    return NULL;
}

static ambit_error *leave_recursive(ambit_scope *scope, ambit_error *failure) {
    (void)scope;
    depth--;
    return failure;
}

const ambit_manager recursive = {
    .name = "recursive", .doc = "Gives how many are entered in this instance.", .enter = enter_recursive, .exit = leave_recursive};

static int64_t held;

static ambit_error *enter_lock(ambit_scope *scope) {
    if (held >= ambit_int(scope, "permits")) return ambit_raise("locked", "nothing is free");
    held++;
    return NULL;
}

static ambit_error *leave_lock(ambit_scope *scope, ambit_error *failure) {
    (void)scope;
    held--;
    return failure;
}

const ambit_manager lock = {
    .name = "lock",
    .doc = "As many hold it at a time as there are permits.",
    .parameters = (const ambit_parameter[]){{"permits", AMBIT_INT, NULL, "1"}, {0}},
    .enter = enter_lock,
    .exit = leave_lock,
};

/* The path is that of the scope's argument, which lives as long as the scope. */
static const char *current = "/";

static ambit_error *enter_chdir(ambit_scope *scope) {
    const char **before = ambit_state(scope);
    *before = current;
    current = ambit_string(scope, "path");
    ambit_give_string(scope, *before);
    return NULL;
}

static ambit_error *leave_chdir(ambit_scope *scope, ambit_error *failure) {
    const char **before = ambit_state(scope);
    current = *before;
    return failure;
}

const ambit_manager chdir_ = {
    .name = "chdir",
    .doc = "Goes there, gives where it was, and goes back.",
    .parameters = (const ambit_parameter[]){{"path", AMBIT_STRING, NULL, NULL}, {0}},
    .state = sizeof(const char *),
    .enter = enter_chdir,
    .exit = leave_chdir,
};

/* What is left of an error without what is of these kinds: the same, where that is all. A group is split. */
static ambit_error *without(yyjson_val *kinds, ambit_error *error) {
    size_t at, count;
    yyjson_val *kind;
    yyjson_arr_foreach(kinds, at, count, kind) {
        if (ambit_is(error, yyjson_get_str(kind))) return NULL;
    }
    ambit_error *const *members = ambit_members(error);
    size_t all = 0, kept = 0;
    while (members[all]) all++;
    ambit_error *rest[all + 1];
    bool whole = true;
    for (size_t member = 0; member < all; member++) {
        ambit_error *left = without(kinds, members[member]);
        whole = whole && left && ambit_same(left, members[member]);
        if (left) rest[kept++] = left;
    }
    if (whole) return error;
    return kept ? ambit_raise_group(ambit_kinds(error)[0], ambit_message(error), rest, kept) : NULL;
}

static ambit_error *leave_suppress(ambit_scope *scope, ambit_error *failure) {
    return failure ? without(ambit_json(scope, "kinds"), failure) : NULL;
}

const ambit_manager suppress = {
    .name = "suppress",
    .parameters = (const ambit_parameter[]){{"kinds", AMBIT_ARRAY, NULL, "[]"}, {0}},
    .enter = enter_nothing,
    .exit = leave_suppress,
};

static ambit_error *enter_missing(ambit_scope *scope) {
    (void)scope;
    return ambit_raise_kinds((const char *const[]){"c:cases.Missing", "c:ENOENT", "not-found", NULL}, "it is not there");
}

const ambit_manager missing = {.name = "missing", .doc = "Raises an error of several kinds, when it is entered.", .enter = enter_missing};
