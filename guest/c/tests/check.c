/* What the recordings do not ask of the library. `tools/guest-c` enters it at the shell: what is wrong is an error of its enter. */
#include <ambit.h>
#include <errno.h>
#include <string.h>
#include <yyjson.h>

#define CHECK(claim) \
    if (!(claim)) return ambit_raise("assertion", "line %d: %s", __LINE__, #claim)

static ambit_error *arguments_are_given_or_by_default(ambit_scope *scope) {
    CHECK(ambit_bool(scope, "flag"));
    CHECK(ambit_int(scope, "whole") == -9007199254740993);
    CHECK(ambit_number(scope, "real") == 0.1);
    CHECK(!strcmp(ambit_string(scope, "words"), "caf\xC3\xA9"));
    CHECK(yyjson_get_uint(yyjson_arr_get(ambit_json(scope, "list"), 1)) == 2);
    CHECK(yyjson_is_null(ambit_json(scope, "any")));
    return NULL;
}

static ambit_error *an_error_is_what_was_raised(void) {
    ambit_error *error = ambit_raise_kinds((const char *[]){"c:check.Odd", "not-found", NULL}, "broken \xFF here");
    CHECK(ambit_family_of(error) == AMBIT_ERROR);
    CHECK(!strcmp(ambit_message(error), "broken \xEF\xBF\xBD here"));
    CHECK(ambit_is(error, "c:check.Odd") && ambit_is(error, "not-found") && !ambit_is(error, "c:check"));
    CHECK(!ambit_kinds(error)[2]);
    ambit_add_note(error, "while %s", "checking");
    CHECK(!strcmp(ambit_notes(error)[0], "while checking") && !ambit_notes(error)[1]);
    CHECK(!ambit_cause(error) && !ambit_context(error) && !ambit_hides_context(error) && !ambit_members(error)[0]);
    return NULL;
}

static ambit_error *chains_are_kept_by_identity(void) {
    ambit_error *one = ambit_raise("c:One", "same"), *other = ambit_raise("c:One", "same");
    CHECK(!ambit_same(one, other) && ambit_same(one, one) && !ambit_same(one, NULL) && ambit_same(NULL, NULL));
    ambit_error *error = ambit_within(ambit_from(ambit_raise("c:Two", "%s", ""), one), other);
    CHECK(ambit_same(ambit_cause(error), one) && ambit_same(ambit_context(error), other) && ambit_hides_context(error));
    CHECK(!strcmp(ambit_message(error), ""));
    CHECK(!ambit_cause(ambit_from(error, NULL)) && ambit_hides_context(error));
    CHECK(!ambit_context(ambit_within(error, NULL)));
    return NULL;
}

static ambit_error *a_group_has_its_members(void) {
    ambit_error *members[] = {ambit_raise("c:One", "1"), ambit_raise("c:Two", "2")};
    ambit_error *const *found = ambit_members(ambit_raise_group("c:Several", "two", members, 2));
    CHECK(ambit_same(found[0], members[0]) && ambit_same(found[1], members[1]) && !found[2]);
    return NULL;
}

static ambit_error *an_errno_has_a_portable_kind(void) {
    ambit_error *error = ambit_raise_errno(ENOENT, "no `%s`", "x");
    CHECK(ambit_is(error, "c:ENOENT") && ambit_is(error, "not-found"));
    CHECK(!strcmp(ambit_message(error), "no `x`: No such file or directory"));
    CHECK(ambit_family_of(ambit_raise_broken("did-not-stop")) == AMBIT_FAULT);
    return NULL;
}

static ambit_error *a_path_that_was_not_granted_is_told(void) {
    ambit_error *error = ambit_raise_at(ENOENT, "/out/x", "cannot be made");
    CHECK(ambit_is(error, "not-granted:dir:/out/x") && ambit_is(error, "not-granted") && ambit_is(error, "not-found"));
    CHECK(!strcmp(ambit_message(error), "`/out/x` is in no directory that was granted"));
    error = ambit_raise_at(EACCES, "/out/x", "cannot be made");
    CHECK(!ambit_is(error, "not-granted") && ambit_is(error, "permission-denied"));
    CHECK(!strcmp(ambit_message(error), "`/out/x` cannot be made: Permission denied"));
    return NULL;
}

/* `tools/guest-c` grants the current directory, and one called `/granted`. */
static ambit_error *a_path_that_was_granted_is_known(void) {
    const char *const in[] = {"x", "./a/x", "..x", "/granted", "/granted/x", NULL}, *const out[] = {"/x", "..", "../x", "/grantedx", NULL};
    for (const char *const *path = in; *path; path++) CHECK(!ambit_is(ambit_raise_at(ENOENT, *path, "is away"), "not-granted"));
    for (const char *const *path = out; *path; path++) CHECK(ambit_is(ambit_raise_at(ENOENT, *path, "is away"), "not-granted"));
    return NULL;
}

static ambit_error *many_errors_are_given_back(void) {
    for (int at = 0; at < 1000; at++) ambit_message(ambit_raise("c:Many", "%d", at));
    return NULL;
}

static ambit_error *enter(ambit_scope *scope) {
    ambit_error *error = arguments_are_given_or_by_default(scope);
    if (!error) error = an_error_is_what_was_raised();
    if (!error) error = chains_are_kept_by_identity();
    if (!error) error = a_group_has_its_members();
    if (!error) error = an_errno_has_a_portable_kind();
    if (!error) error = a_path_that_was_not_granted_is_told();
    if (!error && ambit_bool(scope, "grants")) error = a_path_that_was_granted_is_known();
    if (!error) error = many_errors_are_given_back();
    if (error) return error;
    int *state = ambit_state(scope);
    CHECK(*state == 0);
    *state = 7;
    yyjson_mut_doc *value = yyjson_mut_doc_new(NULL);
    yyjson_mut_doc_set_root(value, yyjson_mut_obj(value));
    yyjson_mut_obj_add_strcpy(value, yyjson_mut_doc_get_root(value), "words", ambit_string(scope, "words"));
    ambit_give_json(scope, value);
    yyjson_mut_doc_free(value);
    return NULL;
}

static ambit_error *leave(ambit_scope *scope, ambit_error *failure) {
    int *state = ambit_state(scope);
    CHECK(*state == 7);
    CHECK(!strcmp(ambit_string(scope, "words"), "caf\xC3\xA9"));
    if (failure && ambit_is(failure, "exit-status:3")) return NULL;
    if (failure && ambit_is(failure, "exit-status:4")) return ambit_from(ambit_raise("c:check.Replaced", "in its place"), failure);
    return failure;
}

static const ambit_parameter parameters[] = {
    {"words", AMBIT_STRING, NULL, NULL},
    {"flag", AMBIT_BOOL, NULL, "true"},
    {"whole", AMBIT_INT, NULL, "-9007199254740993"},
    {"real", AMBIT_NUMBER, NULL, "0.1"},
    {"list", AMBIT_ARRAY, NULL, "[1, 2]"},
    {"any", AMBIT_ANY, NULL, "null"},
    {"grants", AMBIT_BOOL, NULL, "false"},
    {0},
};

static const ambit_manager check = {
    .name = "check", .parameters = parameters, .state = sizeof(int), .enter = enter, .exit = leave,
};

/* It has neither an exit nor a value: an error goes on. */
static ambit_error *nothing(ambit_scope *scope) {
    (void)scope;
    return NULL;
}
static const ambit_manager least = {.name = "least", .enter = nothing};

AMBIT_PLUGIN(&check, &least);
