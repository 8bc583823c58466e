/* The contract of wit/ in the terms of the canonical ABI, by hand: what wit-bindgen would write, without its program.
 *
 * `wasm-tools component new` holds the names and the types of all of these against wit/, so that a mistake here is an error of the
 * build, but for the layout of what is returned by a pointer. The rules that matter, of component-model/design/mvp/CanonicalABI.md:
 * - a text or a list is a pointer and a length: two parameters, or two words in memory;
 * - `option` and `result` are a tag (one byte in memory, and padding), then what they hold;
 * - a result of more than one word goes by memory: an import is given a pointer to it, an export answers one, which has to hold until
 *   the host calls `cabi_post_…`, or, where that is not there, until the next call;
 * - what the host hands in was allocated by our `cabi_realloc`, and is ours to free;
 * - a handle is a number and never 0. `own` changes hands, `borrow` does not, for imports. */
#ifndef AMBIT_CONTRACT_H
#define AMBIT_CONTRACT_H

#include <stddef.h>
#include <stdint.h>

typedef int32_t handle;

typedef struct {
    const char *at;
    size_t length;
} text;

typedef struct {
    void *at;
    size_t length;
} list;

/* `option<raised>`, and `result<_, raised>`. */
typedef struct {
    uint8_t some;
    handle raised;
} maybe;

#define IMPORT(interface, function) __attribute__((import_module("ambit:scope/" interface "@0.1.0"), import_name(function)))
#define EXPORT(interface, function) __attribute__((export_name("ambit:scope/" interface "@0.1.0#" function)))

IMPORT("errors", "[constructor]raised") handle raised_new(const text *kinds, size_t count, const char *message, size_t length);
IMPORT("errors", "[static]raised.broken") handle raised_broken(const char *rule, size_t length);
IMPORT("errors", "[static]raised.group")
handle raised_group(const text *kinds, size_t count, const char *message, size_t length, const handle *members, size_t of);
IMPORT("errors", "[method]raised.family") void raised_family(handle self, text *result);
IMPORT("errors", "[method]raised.kinds") void raised_kinds(handle self, list *result);
IMPORT("errors", "[method]raised.message") void raised_message(handle self, text *result);
IMPORT("errors", "[method]raised.is-same") int32_t raised_is_same(handle self, handle other);
IMPORT("errors", "[method]raised.members") void raised_members(handle self, list *result);
IMPORT("errors", "[method]raised.notes") void raised_notes(handle self, list *result);
IMPORT("errors", "[method]raised.add-note") void raised_add_note(handle self, const char *note, size_t length);
IMPORT("errors", "[method]raised.cause") void raised_cause(handle self, maybe *result);
IMPORT("errors", "[method]raised.set-cause") void raised_set_cause(handle self, int32_t some, handle cause);
IMPORT("errors", "[method]raised.context") void raised_context(handle self, maybe *result);
IMPORT("errors", "[method]raised.set-context") void raised_set_context(handle self, int32_t some, handle context);
IMPORT("errors", "[method]raised.hides-context") int32_t raised_hides_context(handle self);
IMPORT("errors", "[resource-drop]raised") void raised_drop(handle self);

IMPORT("checkpoints", "leave") void checkpoints_leave(const char *state, size_t length, maybe *result);

/* A scope is our own resource: the host hands our pointer back wherever it means the scope. */
__attribute__((import_module("[export]ambit:scope/managers@0.1.0"), import_name("[resource-new]scope"))) handle scope_new(void *scope);

/* What `describe` lists. */
typedef struct {
    text name, doc;
    uint32_t has_initial;
    text initial;
} described_parameter;

typedef struct {
    text name, doc;
    list parameters;
} described_manager;

/* `result<tuple<scope, string>, raised>` */
typedef struct {
    uint8_t failed;
    handle scope_or_raised;
    text value;
} entered;

_Static_assert(sizeof(described_parameter) == 28 && sizeof(described_manager) == 24, "as the canonical ABI lays them out");
_Static_assert(sizeof(maybe) == 8 && sizeof(entered) == 16, "as the canonical ABI lays them out");

#endif
