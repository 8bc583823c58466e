/* The managers that recordings and cases are played with. */
#include <ambit.h>

extern const ambit_manager scripted, passing, wrapping, cutting, documented, keywords, recursive, lock, chdir_, suppress, missing;

AMBIT_PLUGIN(&scripted, &passing, &wrapping, &cutting, &documented, &keywords, &recursive, &lock, &chdir_, &suppress, &missing);
