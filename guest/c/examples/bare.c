/* A manager without any SDK, against wit/ alone: `count` gives a number that grows. Built by `guest/c/build --bare`.
 *
 * The names are those of the canonical ABI: what a function of the contract is called in a module of WebAssembly. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define MANAGERS "ambit:scope/managers@0.1.0"
#define ERRORS "ambit:scope/errors@0.1.0"
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

typedef struct {
    const char *at;
    size_t length;
} text;
#define TEXT(literal) {literal, sizeof literal - 1}

IMPORT("[export]" MANAGERS, "[resource-new]scope") int32_t scope_new(uintptr_t scope);
IMPORT(ERRORS, "[constructor]raised") int32_t raised_new(const text *kinds, size_t count, const char *message, size_t length);

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t size, size_t align, size_t wanted) {
    (void)size;
    return wanted ? realloc(old, wanted) : (void *)align;
}

/* list<manager>, each with a name, a doc, and a list<parameter>, which is empty. */
static const struct manager {
    text name, doc;
    const void *parameters;
    size_t count;
} managers[] = {{TEXT("count"), TEXT("Gives the number of its scopes so far."), managers, 0}};

EXPORT(MANAGERS "#describe") const void *describe(void) {
    static const struct {
        const struct manager *at;
        size_t length;
    } answer = {managers, 1};
    return &answer;
}

/* result<tuple<scope, string>, raised> */
EXPORT(MANAGERS "#[static]scope.enter") const void *enter(char *name, size_t length, char *inputs, size_t of) {
    static struct {
        uint8_t failed;
        int32_t handle;
        text value;
    } answer;
    static uintptr_t scopes;
    static char number[16];
    int known = length == 5 && !memcmp(name, "count", 5);
    if (length) free(name);
    if (of) free(inputs);
    answer.failed = !known;
    if (known) {
        answer.handle = scope_new(++scopes);
        answer.value = (text){number, (size_t)snprintf(number, sizeof number, "%u", (unsigned)scopes)};
    } else {
        text kind = TEXT("invalid-argument"), message = TEXT("there is no such manager");
        answer.handle = raised_new(&kind, 1, message.at, message.length);
    }
    return &answer;
}

/* result<_, raised>: the error that is given goes on. */
EXPORT(MANAGERS "#[method]scope.exit") const void *leave(uintptr_t scope, int32_t failed, int32_t raised) {
    static struct {
        uint8_t failed;
        int32_t raised;
    } answer;
    (void)scope;
    answer.failed = (uint8_t)failed;
    answer.raised = raised;
    return &answer;
}
