/* A manager that does nothing, and lets the body's error go on. */
#include <ambit.h>

static ambit_error *enter(ambit_scope *scope) {
    (void)scope;
    return NULL;
}

static const ambit_manager reraises = {.name = "reraises", .doc = "Returns the body's error.", .enter = enter};
AMBIT_PLUGIN(&reraises);
