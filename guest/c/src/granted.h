/* The directories that the host's user granted. */
#ifndef AMBIT_GRANTED_H
#define AMBIT_GRANTED_H

#include <stdbool.h>

/* Whether one of them has the path in it, by their texts: of a path in none of them, WASI says that it is not there. */
bool granted(const char *path);

#endif
