/* The arguments of a scope: read, held against what its manager declares, and asked for by name. */
#ifndef AMBIT_ARGUMENTS_H
#define AMBIT_ARGUMENTS_H

#include <yyjson.h>

#include "ambit.h"
#include "contract.h"

struct ambit_scope {
    const ambit_manager *manager;
    /* What was given, and the default of each parameter that was not. */
    yyjson_doc *given;
    yyjson_doc **initial;
    /* What `as` binds, as JSON that was allocated; NULL: null. */
    char *value;
    /* Aligned for whatever the manager has there. */
    _Alignas(max_align_t) char state[];
};

/* Reads the arguments of `scope`; answers an error of the kind `invalid-argument` where they do not fit. */
ambit_error *arguments_read(ambit_scope *scope, text inputs);
/* The default of a parameter that has one; that it does not fit is its author's mistake. */
yyjson_doc *arguments_initial(const ambit_parameter *parameter);
void arguments_free(ambit_scope *scope);

#endif
