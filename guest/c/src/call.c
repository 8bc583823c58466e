#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Calls of an instance do not overlap, so there is one. */
static struct pile {
    void **items;
    size_t count, room;
} memory, errors;

static void *sure(void *allocated) {
    if (!allocated) abort();
    return allocated;
}

static void push(struct pile *pile, void *item) {
    if (pile->count == pile->room) {
        pile->room = pile->room ? 2 * pile->room : 16;
        pile->items = sure(realloc(pile->items, pile->room * sizeof(void *)));
    }
    pile->items[pile->count++] = item;
}

void *call_memory(size_t bytes) { return call_keep(sure(calloc(1, bytes ? bytes : 1))); }

void *call_keep(void *allocated) {
    push(&memory, allocated);
    return allocated;
}

/* The pointer is the handle, which is never 0. */
ambit_error *call_error(handle raised) {
    push(&errors, (void *)(intptr_t)raised);
    return (ambit_error *)(intptr_t)raised;
}

handle call_handle(ambit_error *error) { return (handle)(intptr_t)error; }

maybe call_end(ambit_error *answer) {
    bool owned = false;
    fflush(stdout);
    while (errors.count) {
        ambit_error *error = errors.items[--errors.count];
        if (error == answer) owned = true;
        else raised_drop(call_handle(error));
    }
    while (memory.count) free(memory.items[--memory.count]);
    if (answer && !owned) call_mistake("a manager answered an error of an earlier call, which is gone");
    return (maybe){.some = answer != NULL, .raised = call_handle(answer)};
}

const char *call_text(text from) {
    char *copy = call_memory(from.length + 1);
    if (from.length) memcpy(copy, from.at, from.length);
    return copy;
}

/* How long the sequence of UTF-8 is at `at`; 0 if it is none. Table 3-7 of the Unicode standard. */
static size_t sequence(const unsigned char *at) {
    unsigned char first = at[0], low = 0x80, high = 0xBF;
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (at[1] < low || at[1] > high) return 0;
    size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    for (size_t next = 2; next < length; next++)
        if (at[next] < 0x80 || at[next] > 0xBF) return 0;
    return length;
}

text call_utf8(const char *from) {
    const unsigned char *at = (const unsigned char *)from;
    char *copy = call_memory(3 * strlen(from) + 1), *to = copy;
    while (*at) {
        size_t length = sequence(at);
        memcpy(to, length ? (const char *)at : "\xEF\xBF\xBD", length ? length : 3);
        to += length ? length : 3;
        at += length ? length : 1;
    }
    return (text){copy, (size_t)(to - copy)};
}

text call_format(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) return call_utf8(format);
    char *formatted = call_memory((size_t)length + 1);
    vsnprintf(formatted, (size_t)length + 1, format, arguments);
    return call_utf8(formatted);
}

void call_mistake(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("ambit.h: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}
