/* SQLite, as a plugin needs it: one thread, no libraries to load, and temporary tables in memory.
 *
 * WASI has no locks. So the database itself is only read, and what is written is a draft that nobody else knows. */
#define SQLITE_DEFAULT_MEMSTATUS 0
#define SQLITE_DEFAULT_UNIX_VFS "unix-none"
#define SQLITE_DQS 0
#define SQLITE_MAX_MMAP_SIZE 0
#define SQLITE_OMIT_DEPRECATED
#define SQLITE_OMIT_LOAD_EXTENSION
#define SQLITE_OMIT_SHARED_CACHE
#define SQLITE_TEMP_STORE 3
#define SQLITE_THREADSAFE 0
#define SQLITE_USE_URI 1

/* It is as it was released; our warnings are for our own code. */
#pragma clang diagnostic ignored "-Wextra"
#pragma clang diagnostic ignored "-Wall"
#include <sqlite3.c>
