#include <errno.h>
#include <string.h>

#include "call.h"
#include "granted.h"

static ambit_error *make(const char *const *kinds, text message) {
    size_t count = 0;
    while (kinds[count]) count++;
    text *path = call_memory(count * sizeof(text));
    for (size_t at = 0; at < count; at++) path[at] = call_utf8(kinds[at]);
    return call_error(raised_new(path, count, message.at, message.length));
}

ambit_error *ambit_raise(const char *kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text message = call_format(format, arguments);
    va_end(arguments);
    return make((const char *[]){kind, NULL}, message);
}

ambit_error *ambit_raise_kinds(const char *const *kinds, const char *message) { return make(kinds, call_utf8(message)); }

/* The portable kinds of the contract; other numbers have none. */
static const struct number {
    int number;
    const char *kind, *portable;
} numbers[] = {
    {ENOENT, "c:ENOENT", "not-found"},        {EEXIST, "c:EEXIST", "already-exists"},    {EACCES, "c:EACCES", "permission-denied"},
    {EPERM, "c:EPERM", "permission-denied"},  {EINVAL, "c:EINVAL", "invalid-argument"},  {ETIMEDOUT, "c:ETIMEDOUT", "timed-out"},
    {EINTR, "c:EINTR", "interrupted"},        {ENOMEM, "c:ENOMEM", "out-of-memory"},     {ENOTSUP, "c:ENOTSUP", "unsupported"},
    {ENOSYS, "c:ENOSYS", "unsupported"},      {EISDIR, "c:EISDIR", NULL},                {ENOTDIR, "c:ENOTDIR", NULL},
    {ENOTEMPTY, "c:ENOTEMPTY", NULL},         {EXDEV, "c:EXDEV", NULL},                  {ENOSPC, "c:ENOSPC", NULL},
    {EROFS, "c:EROFS", "permission-denied"},  {EIO, "c:EIO", NULL},                      {EBADF, "c:EBADF", NULL},
    {ENOTCAPABLE, "c:ENOTCAPABLE", "permission-denied"},
};

static struct number known(int number) {
    for (size_t at = 0; at < sizeof numbers / sizeof *numbers; at++)
        if (numbers[at].number == number) return numbers[at];
    return (struct number){number, "c:errno", NULL};
}

/* A text that the end of the call frees. */
__attribute__((format(printf, 1, 2))) static const char *formatted(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *made = call_text(call_format(format, arguments));
    va_end(arguments);
    return made;
}

ambit_error *ambit_raise_errno(int number, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *what = call_text(call_format(format, arguments));
    va_end(arguments);
    struct number of = known(number);
    return ambit_raise_kinds((const char *[]){of.kind, of.portable, NULL}, formatted("%s: %s", what, strerror(number)));
}

ambit_error *ambit_raise_at(int number, const char *path, const char *what) {
    if (number != ENOENT || granted(path)) return ambit_raise_errno(number, "`%s` %s", path, what);
    const char *kinds[] = {"c:ENOENT", formatted("not-granted:dir:%s", path), "not-granted", "not-found", NULL};
    return ambit_raise_kinds(kinds, formatted("`%s` is in no directory that was granted", path));
}

ambit_error *ambit_raise_group(const char *kind, const char *message, ambit_error *const *members, size_t count) {
    text path = call_utf8(kind), said = call_utf8(message);
    handle *handles = call_memory(count * sizeof(handle));
    for (size_t at = 0; at < count; at++) handles[at] = call_handle(members[at]);
    return call_error(raised_group(&path, 1, said.at, said.length, handles, count));
}

ambit_error *ambit_raise_broken(const char *rule) { return call_error(raised_broken(rule, strlen(rule))); }

ambit_error *ambit_from(ambit_error *error, ambit_error *cause) {
    raised_set_cause(call_handle(error), cause != NULL, call_handle(cause));
    return error;
}

ambit_error *ambit_within(ambit_error *error, ambit_error *context) {
    raised_set_context(call_handle(error), context != NULL, call_handle(context));
    return error;
}

void ambit_add_note(ambit_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text note = call_format(format, arguments);
    va_end(arguments);
    raised_add_note(call_handle(error), note.at, note.length);
}

/* A text that the host allocated, by our `cabi_realloc`. One that is empty may be at no address of an allocator. */
static const char *received(text from) {
    if (from.length) call_keep((void *)from.at);
    return call_text(from);
}

ambit_family ambit_family_of(ambit_error *error) {
    text family;
    raised_family(call_handle(error), &family);
    const char *name = received(family);
    return !strcmp(name, "fault") ? AMBIT_FAULT : !strcmp(name, "cancelled") ? AMBIT_CANCELLED : AMBIT_ERROR;
}

const char *ambit_message(ambit_error *error) {
    text message;
    raised_message(call_handle(error), &message);
    return received(message);
}

static const char *const *texts(list from) {
    const char **all = call_memory((from.length + 1) * sizeof(char *));
    for (size_t at = 0; at < from.length; at++) all[at] = received(((text *)from.at)[at]);
    if (from.length) call_keep(from.at);
    return all;
}

const char *const *ambit_kinds(ambit_error *error) {
    list kinds;
    raised_kinds(call_handle(error), &kinds);
    return texts(kinds);
}

const char *const *ambit_notes(ambit_error *error) {
    list notes;
    raised_notes(call_handle(error), &notes);
    return texts(notes);
}

bool ambit_is(ambit_error *error, const char *kind) {
    for (const char *const *each = ambit_kinds(error); *each; each++)
        if (!strcmp(*each, kind)) return true;
    return false;
}

bool ambit_same(ambit_error *one, ambit_error *other) {
    return one && other ? raised_is_same(call_handle(one), call_handle(other)) : one == other;
}

ambit_error *ambit_cause(ambit_error *error) {
    maybe cause;
    raised_cause(call_handle(error), &cause);
    return cause.some ? call_error(cause.raised) : NULL;
}

ambit_error *ambit_context(ambit_error *error) {
    maybe context;
    raised_context(call_handle(error), &context);
    return context.some ? call_error(context.raised) : NULL;
}

bool ambit_hides_context(ambit_error *error) { return raised_hides_context(call_handle(error)); }

ambit_error *const *ambit_members(ambit_error *error) {
    list members;
    raised_members(call_handle(error), &members);
    ambit_error **all = call_memory((members.length + 1) * sizeof(ambit_error *));
    for (size_t at = 0; at < members.length; at++) all[at] = call_error(((handle *)members.at)[at]);
    if (members.length) call_keep(members.at);
    return all;
}

ambit_error *ambit_checkpoint(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text state = call_format(format, arguments);
    va_end(arguments);
    maybe failed;
    checkpoints_leave(state.at, state.length, &failed);
    return failed.some ? call_error(failed.raised) : NULL;
}
