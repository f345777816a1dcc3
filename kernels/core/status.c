/* status.c: the text of the last failure, and the check that fails most often. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of each thread: those that run calls by themselves do not write over each other's. */
static _Thread_local char last_error[256];

int32_t eoq_fail(int32_t code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_error, sizeof last_error, format, arguments);
  va_end(arguments);
  return code;
}

int32_t eoq_fail_at(int32_t index, const char *name) {
  char text[sizeof last_error];
  memcpy(text, last_error, sizeof text);
  return eoq_fail(EOQ_ERROR_PROGRAM, "call %d, %s: %s", index, name, text);
}

int32_t eoq_only_checks;

int32_t eoq_within(const char *name, int32_t value, int32_t least, int32_t most) {
  if (value >= least && value <= most) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %d is not in %d..%d", name, value, least, most);
}

int32_t eoq_copy_text(const char *from, uint8_t *text, size_t bytes) {
  if (text == NULL || bytes == 0) return eoq_fail(EOQ_ERROR_ARGUMENT, "text: has no bytes");
  size_t length = strlen(from);
  if (length > bytes - 1) length = bytes - 1;
  memcpy(text, from, length);
  text[length] = 0;
  return EOQ_OK;
}

int32_t eoq_last_error(uint8_t *text, size_t bytes) {
  return eoq_copy_text(last_error, text, bytes);
}

int32_t eoq_abi_version(void) {
  return EOQ_ABI_VERSION;
}
