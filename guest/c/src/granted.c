#include "granted.h"

#include <string.h>
#include <wasi/api.h>

#include "call.h"

/* libc strips the slash at the front of a path before it looks for a directory: it would take `/etc` for `etc` in the granted `.`. */
static bool within(const char *directory, const char *path) {
    while (!strncmp(directory, "./", 2)) directory += 2;
    while (!strncmp(path, "./", 2)) path += 2;
    if (!strcmp(directory, ".")) return *path != '/' && strcmp(path, "..") && strncmp(path, "../", 3);
    size_t length = strlen(directory);
    while (length && directory[length - 1] == '/') length--;
    return !strncmp(directory, path, length) && (!path[length] || path[length] == '/');
}

bool granted(const char *path) {
    __wasi_prestat_t found;
    /* Behind the standard streams; the first number that is of no such directory ends them. */
    for (__wasi_fd_t file = 3; !__wasi_fd_prestat_get(file, &found); file++) {
        size_t length = found.u.dir.pr_name_len;
        char *directory = call_memory(length + 1);
        if (!__wasi_fd_prestat_dir_name(file, (uint8_t *)directory, length) && within(directory, path)) return true;
    }
    return false;
}
