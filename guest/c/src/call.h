/* What one call of the host holds, and gives back at its end: the memory of texts, and the handles of errors. */
#ifndef AMBIT_CALL_H
#define AMBIT_CALL_H

#include <stdarg.h>

#include "ambit.h"
#include "contract.h"

/* Memory that the end of the call frees; a trap where there is none. */
void *call_memory(size_t bytes);
/* Lets the end of the call free what was allocated elsewhere, as by the host. Answers it. */
void *call_keep(void *memory);
/* An error whose handle the end of the call drops, unless the call answers it. */
ambit_error *call_error(handle raised);
handle call_handle(ambit_error *error);
/* Ends the call: frees, drops, and writes what stands in the buffers of stdio. `answer` is the host's from here on; NULL: none is. */
maybe call_end(ambit_error *answer);

/* A text of the host's as one of C: a copy with a NUL behind it. */
const char *call_text(text from);
/* A text of C's for the host, which takes UTF-8 only. */
text call_utf8(const char *from);
text call_format(const char *format, va_list arguments);
/* Says on stderr what the plugin's program did wrong, and traps. */
_Noreturn __attribute__((format(printf, 1, 2))) void call_mistake(const char *format, ...);

#endif
