/* What `as` binds. */
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "call.h"

static void give(ambit_scope *scope, char *json) {
    if (!json) call_mistake("what the manager `%s` gives is not JSON", scope->manager->name);
    free(scope->value);
    scope->value = json;
}

static void give_one(ambit_scope *scope, yyjson_mut_doc *doc, yyjson_mut_val *value) {
    yyjson_mut_doc_set_root(doc, value);
    give(scope, yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, NULL));
    yyjson_mut_doc_free(doc);
}

void ambit_give_bool(ambit_scope *scope, bool value) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    give_one(scope, doc, yyjson_mut_bool(doc, value));
}

void ambit_give_int(ambit_scope *scope, int64_t value) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    give_one(scope, doc, yyjson_mut_sint(doc, value));
}

void ambit_give_string(ambit_scope *scope, const char *value) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    text said = call_utf8(value);
    give_one(scope, doc, yyjson_mut_strn(doc, said.at, said.length));
}

void ambit_give_json(ambit_scope *scope, yyjson_mut_doc *value) { give(scope, yyjson_mut_write(value, YYJSON_WRITE_NOFLAG, NULL)); }

void ambit_give_text(ambit_scope *scope, const char *json, size_t length) {
    yyjson_doc *doc = yyjson_read(json, length, YYJSON_READ_NOFLAG);
    give(scope, yyjson_write(doc, YYJSON_WRITE_NOFLAG, NULL));
    yyjson_doc_free(doc);
}
