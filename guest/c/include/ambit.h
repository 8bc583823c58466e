/* Context managers in C, for any host of Ambit.
 *
 * A manager is two functions over a state: `enter` runs ahead of the body of a `with`, `exit` after it. What both answer is the error
 * that goes on, or NULL where there is none. README.md has an example.
 *
 * Nothing here is to be freed. An error, and each text that is read from one, lives until the call of enter, exit or recover ends that
 * got it; arguments live as long as their scope. So a state may keep an argument, and no error. */
#ifndef AMBIT_H
#define AMBIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An error in flight. The host owns it, and knows it by identity. */
typedef struct ambit_error ambit_error;

/* A manager between its enter and the end of its exit. */
typedef struct ambit_scope ambit_scope;

/* Values of JSON; <yyjson.h>, which the build has at hand, reads and makes them. */
struct yyjson_val;
struct yyjson_mut_doc;

/* ---- What a plugin offers ---- */

/* What an argument must be. One of another type is refused, with the kind `invalid-argument`, before enter runs. */
typedef enum {
    AMBIT_ANY,
    AMBIT_BOOL,
    AMBIT_INT, /*    a whole number in the range of int64_t */
    AMBIT_NUMBER,
    AMBIT_STRING, /* without a NUL in it */
    AMBIT_ARRAY,
    AMBIT_OBJECT,
} ambit_type;

typedef struct {
    const char *name;
    ambit_type type;
    const char *doc;     /* in Markdown; may be NULL */
    const char *initial; /* the default, as JSON, of its type or null; NULL where the argument must be given */
} ambit_parameter;

typedef struct {
    const char *name;                  /* as hosts name it: without spaces, quotes, brackets, or any of ,:=/ */
    const char *doc;                   /* in Markdown; its first line stands alone; may be NULL */
    const ambit_parameter *parameters; /* in the order of positional arguments; the last has no name; may be NULL */
    size_t state;                      /* the bytes of the state, zero at first */

    /* Runs up to the body. An error means that nothing is held, and that exit is not called. */
    ambit_error *(*enter)(ambit_scope *scope);

    /* Runs after the body, once, with the error that it failed with, or NULL. To answer `failure` lets it go on, NULL suppresses it,
     * and another error takes its place, of which the host makes it the context. May be NULL: then nothing is done, and it goes on. */
    ambit_error *(*exit)(ambit_scope *scope, ambit_error *failure);

    /* Releases what a lost scope held, from its last checkpoint. It may run twice, or though nothing was acquired. May be NULL. */
    ambit_error *(*recover)(const char *checkpoint);
} ambit_manager;

/* The managers of the plugin: `AMBIT_PLUGIN(&lock, &pool);`, once. */
#define AMBIT_PLUGIN(...) const ambit_manager *const ambit_plugin[] = {__VA_ARGS__, NULL}
extern const ambit_manager *const ambit_plugin[];

/* ---- A scope ---- */

/* The state: the manager's own, from enter to the end of exit. */
void *ambit_state(ambit_scope *scope);

/* The arguments, given or by default. Where the default is null, these are false, 0 and NULL, and a JSON null. To ask for one that is
 * not declared as that type is a mistake of the program, which ends with a trap. */
bool ambit_bool(ambit_scope *scope, const char *parameter);
int64_t ambit_int(ambit_scope *scope, const char *parameter);
double ambit_number(ambit_scope *scope, const char *parameter);
const char *ambit_string(ambit_scope *scope, const char *parameter);
struct yyjson_val *ambit_json(ambit_scope *scope, const char *parameter); /* of any type */
const char *ambit_text(ambit_scope *scope, const char *parameter); /*        the same, written; lives until the call ends */

/* What `as` binds, for enter to set; null if nothing does. A text that is not UTF-8 has U+FFFD in place of what is not. */
void ambit_give_bool(ambit_scope *scope, bool value);
void ambit_give_int(ambit_scope *scope, int64_t value);
void ambit_give_string(ambit_scope *scope, const char *value);
void ambit_give_json(ambit_scope *scope, struct yyjson_mut_doc *value); /* copied; traps if it is not JSON, as NaN */
void ambit_give_text(ambit_scope *scope, const char *json, size_t length);    /* JSON that is written already */

/* Leaves a checkpoint: the text from which `recover` can release what the scope holds. Do so ahead of what it tells of. An error means
 * that it was not kept: answer it, and acquire nothing. */
__attribute__((format(printf, 1, 2))) ambit_error *ambit_checkpoint(const char *format, ...);

/* ---- To raise ---- */

/* A new error. A kind is of a language, as `c:pool.Exhausted`, or portable, as `not-found`. */
__attribute__((format(printf, 2, 3))) ambit_error *ambit_raise(const char *kind, const char *format, ...);

/* One of several kinds: NULL after the last, the most specific first. */
ambit_error *ambit_raise_kinds(const char *const *kinds, const char *message);

/* One for an errno: of the kinds `c:ENOENT` and `not-found`, with what it means behind the message. */
__attribute__((format(printf, 2, 3))) ambit_error *ambit_raise_errno(int number, const char *format, ...);

/* The same for what the system answered of a path: "`PATH` cannot be made: …" where `what` is "cannot be made". If the path is in no
 * directory that was granted, it is of the kinds `not-granted:dir:PATH` and `not-granted` too, by which the host's user is told what to
 * grant: to WASI such a path is one that is not there. */
ambit_error *ambit_raise_at(int number, const char *path, const char *what);

/* One that stands for several. */
ambit_error *ambit_raise_group(const char *kind, const char *message, ambit_error *const *members, size_t count);

/* The fault of a manager that broke the contract: `did-not-yield` or `did-not-stop`. For what runs the managers of others. */
ambit_error *ambit_raise_broken(const char *rule);

/* Sets what `error` was raised from, and answers it: `return ambit_from(ambit_raise(…), failure)`. NULL: from nothing. */
ambit_error *ambit_from(ambit_error *error, ambit_error *cause);

/* Sets what was in flight when `error` was raised, and answers it. What the host hangs there by itself needs none. NULL: nothing. */
ambit_error *ambit_within(ambit_error *error, ambit_error *context);

/* Adds a line for whoever reads it. */
__attribute__((format(printf, 2, 3))) void ambit_add_note(ambit_error *error, const char *format, ...);

/* ---- To look at an error ---- */

typedef enum { AMBIT_ERROR, AMBIT_CANCELLED, AMBIT_FAULT } ambit_family;

ambit_family ambit_family_of(ambit_error *error);
const char *ambit_message(ambit_error *error);
const char *const *ambit_kinds(ambit_error *error); /* NULL after the last */
const char *const *ambit_notes(ambit_error *error); /* NULL after the last */

/* Whether a kind is among its kinds, wherever it stands. */
bool ambit_is(ambit_error *error, const char *kind);

/* Whether both are one error. Never compare the pointers: one error has many. */
bool ambit_same(ambit_error *one, ambit_error *other);

ambit_error *ambit_cause(ambit_error *error);   /* or NULL */
ambit_error *ambit_context(ambit_error *error); /* or NULL */
bool ambit_hides_context(ambit_error *error);
ambit_error *const *ambit_members(ambit_error *error); /* NULL after the last; none unless it is a group */

#endif
