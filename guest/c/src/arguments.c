#include "arguments.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"

static const char *const names[] = {
    [AMBIT_ANY] = "anything",  [AMBIT_BOOL] = "true or false", [AMBIT_INT] = "a whole number", [AMBIT_NUMBER] = "a number",
    [AMBIT_STRING] = "a text", [AMBIT_ARRAY] = "an array",     [AMBIT_OBJECT] = "an object",
};

static bool fits(yyjson_val *value, ambit_type type) {
    switch (type) {
    case AMBIT_BOOL: return yyjson_is_bool(value);
    case AMBIT_INT: return yyjson_is_sint(value) || (yyjson_is_uint(value) && yyjson_get_uint(value) <= INT64_MAX);
    case AMBIT_NUMBER: return yyjson_is_num(value);
    case AMBIT_STRING: return yyjson_is_str(value) && strlen(yyjson_get_str(value)) == yyjson_get_len(value);
    case AMBIT_ARRAY: return yyjson_is_arr(value);
    case AMBIT_OBJECT: return yyjson_is_obj(value);
    case AMBIT_ANY: break;
    }
    return true;
}

static size_t count(const ambit_manager *manager) {
    size_t at = 0;
    if (manager->parameters)
        while (manager->parameters[at].name) at++;
    return at;
}

static ambit_error *invalid(const char *parameter, const char *message) {
    char *kind = call_memory(strlen("invalid-argument:") + strlen(parameter) + 1);
    strcat(strcpy(kind, "invalid-argument:"), parameter);
    return ambit_raise_kinds((const char *[]){kind, "invalid-argument", NULL}, message);
}

/* An error whose message is about a parameter. */
static ambit_error *refuse(const char *parameter, const char *before, const char *after) {
    char *message = call_memory(strlen(parameter) + strlen(before) + strlen(after) + 3);
    strcat(strcat(strcat(strcat(strcpy(message, before), "`"), parameter), "`"), after);
    return invalid(parameter, message);
}

static yyjson_doc *parse(text json) { return yyjson_read(json.at, json.length, YYJSON_READ_NOFLAG); }

static ambit_error *unknown(ambit_scope *scope) {
    size_t index, all, of = count(scope->manager);
    yyjson_val *key, *value;
    yyjson_obj_foreach(yyjson_doc_get_root(scope->given), index, all, key, value) {
        size_t at = 0;
        while (at < of && !yyjson_equals_str(key, scope->manager->parameters[at].name)) at++;
        if (at == of) return refuse(yyjson_get_str(key), "there is no parameter ", "");
    }
    return NULL;
}

yyjson_doc *arguments_initial(const ambit_parameter *parameter) {
    yyjson_doc *read = parse((text){parameter->initial, strlen(parameter->initial)});
    yyjson_val *initial = yyjson_doc_get_root(read);
    if (!initial || (!yyjson_is_null(initial) && !fits(initial, parameter->type)))
        call_mistake("the default of the parameter `%s` is not JSON of its type", parameter->name);
    return read;
}

ambit_error *arguments_read(ambit_scope *scope, text inputs) {
    scope->given = parse(inputs);
    if (!yyjson_is_obj(yyjson_doc_get_root(scope->given)))
        return ambit_raise("invalid-argument", "the arguments are no object of JSON");
    ambit_error *error = unknown(scope);
    if (error) return error;
    size_t of = count(scope->manager);
    if (!(scope->initial = calloc(of + 1, sizeof(yyjson_doc *)))) abort();
    for (size_t at = 0; at < of; at++) {
        const ambit_parameter *parameter = &scope->manager->parameters[at];
        yyjson_val *value = yyjson_obj_get(yyjson_doc_get_root(scope->given), parameter->name);
        if (!value && !parameter->initial) return refuse(parameter->name, "the argument ", " is missing");
        if (!value) {
            scope->initial[at] = arguments_initial(parameter);
        } else if (!fits(value, parameter->type)) {
            char *after = call_memory(64);
            return refuse(parameter->name, "the argument ", strcat(strcpy(after, " must be "), names[parameter->type]));
        }
    }
    return NULL;
}

void arguments_free(ambit_scope *scope) {
    for (size_t at = 0; scope->initial && at < count(scope->manager); at++) yyjson_doc_free(scope->initial[at]);
    free(scope->initial);
    yyjson_doc_free(scope->given);
}

static yyjson_val *find(ambit_scope *scope, const char *name, ambit_type type) {
    for (size_t at = 0, of = count(scope->manager); at < of; at++) {
        const ambit_parameter *parameter = &scope->manager->parameters[at];
        if (strcmp(parameter->name, name)) continue;
        if (type != AMBIT_ANY && type != parameter->type) break;
        if (scope->initial[at]) return yyjson_doc_get_root(scope->initial[at]);
        return yyjson_obj_get(yyjson_doc_get_root(scope->given), name);
    }
    call_mistake("the manager `%s` declares no parameter `%s` that is %s", scope->manager->name, name, names[type]);
}

bool ambit_bool(ambit_scope *scope, const char *parameter) { return yyjson_get_bool(find(scope, parameter, AMBIT_BOOL)); }
int64_t ambit_int(ambit_scope *scope, const char *parameter) { return yyjson_get_sint(find(scope, parameter, AMBIT_INT)); }
double ambit_number(ambit_scope *scope, const char *parameter) { return yyjson_get_num(find(scope, parameter, AMBIT_NUMBER)); }
const char *ambit_string(ambit_scope *scope, const char *parameter) { return yyjson_get_str(find(scope, parameter, AMBIT_STRING)); }
yyjson_val *ambit_json(ambit_scope *scope, const char *parameter) { return find(scope, parameter, AMBIT_ANY); }

const char *ambit_text(ambit_scope *scope, const char *parameter) {
    char *written = yyjson_val_write(find(scope, parameter, AMBIT_ANY), YYJSON_WRITE_NOFLAG, NULL);
    if (!written) abort();
    return call_keep(written);
}
