/* The copy of a database that the body works on: made, checked and removed. */
#ifndef DRAFT_H
#define DRAFT_H

#include <ambit.h>

/* How many bytes a name has, at the most; SQLite appends up to 8 to that of a draft. */
enum { DRAFT_NAME = 4096 };

/* Copies the database at `path`, page by page, by SQLite's backup; NULL makes an empty one. */
ambit_error *draft_make(const char *draft, const char *path);

/* Brings what the body left in a journal into the file, and asks SQLite whether all of it is sound. It is on the disk then. */
ambit_error *draft_check(const char *draft, bool quick);

/* Removes it, with the files that SQLite has beside it. That they are not there is fine. */
ambit_error *draft_remove(const char *draft);

/* Whether a program has the database open, or left it with changes that are yet to be recovered: an error that says so, or NULL. */
ambit_error *draft_refuse_live(const char *path);

#endif
