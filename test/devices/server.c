/* server.c: calls the functions of eoq.h that come in on standard input, for a
 * test that runs on another processor. A call is the function's name in 32
 * bytes, how many arguments in 4, which of them are buffers in a byte each, and
 * of each 8 bytes: a number, or the size of a buffer (-1: a null pointer) before
 * its bytes. The answer is what the function returned, in 4 bytes, and what the
 * buffers then hold. */
#include "eoq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 32, MOST_ARGUMENTS = 8 };

typedef struct {
  int64_t number;
  uint8_t *bytes;
} argument;

static int fail(const char *text, const char *name) {
  fprintf(stderr, "server: %s %s\n", text, name);
  exit(1);
}

static void take(void *to, size_t bytes, const char *what) {
  if (fread(to, 1, bytes, stdin) != bytes) fail("input ends in", what);
}

#define INT(i) (int32_t) arguments[i].number
#define SIZE(i) (size_t) arguments[i].number
#define BYTES(i) arguments[i].bytes
#define FUNCTION(function, ...) \
  if (strcmp(name, #function) == 0) return function(__VA_ARGS__);

static int32_t call(const char *name, const argument *arguments) {
  FUNCTION(eoq_abi_version)
  FUNCTION(eoq_last_error, BYTES(0), SIZE(1))
  FUNCTION(eoq_isa_count)
  FUNCTION(eoq_isa_name, INT(0), BYTES(1), SIZE(2))
  FUNCTION(eoq_isa_built, INT(0))
  FUNCTION(eoq_isa_supported, INT(0))
  FUNCTION(eoq_isa_select, INT(0))
  FUNCTION(eoq_isa_selected)
  FUNCTION(eoq_threads_set, INT(0))
  FUNCTION(eoq_threads)
  FUNCTION(eoq_tallies_read, BYTES(0), SIZE(1))
  FUNCTION(eoq_tallies_clear)
  FUNCTION(eoq_tensor_create, INT(0), SIZE(1))
  FUNCTION(eoq_arena_create, SIZE(0))
  FUNCTION(eoq_tensor_create_at, INT(0), SIZE(1), INT(2), SIZE(3))
  FUNCTION(eoq_tensor_destroy, INT(0))
  FUNCTION(eoq_tensor_write, INT(0), SIZE(1), BYTES(2), SIZE(3))
  FUNCTION(eoq_tensor_read, INT(0), SIZE(1), BYTES(2), SIZE(3))
  FUNCTION(eoq_tensor_exponent, INT(0), BYTES(1))
  FUNCTION(eoq_tensor_exponent_set, INT(0), INT(1))
  FUNCTION(eoq_tensor_range, INT(0), BYTES(1))
  FUNCTION(eoq_conv_shape_create, INT(0), INT(1), INT(2), INT(3), INT(4), INT(5), INT(6))
  FUNCTION(eoq_conv_shape_destroy, INT(0))
  FUNCTION(eoq_stream_copy, INT(0), INT(1), SIZE(2))
  FUNCTION(eoq_kernel_count)
  FUNCTION(eoq_kernel_text, INT(0), BYTES(1), SIZE(2))
  FUNCTION(eoq_call, INT(0), BYTES(1), SIZE(2))
  FUNCTION(eoq_program_create, BYTES(0), SIZE(1))
  FUNCTION(eoq_program_destroy, INT(0))
  FUNCTION(eoq_program_run, INT(0), BYTES(1), SIZE(2), INT(3), INT(4))
  FUNCTION(eoq_program_time, INT(0), BYTES(1), SIZE(2), BYTES(3), SIZE(4))
  FUNCTION(eoq_program_beside, INT(0), BYTES(1), SIZE(2))
  FUNCTION(eoq_program_each, BYTES(0), SIZE(1), BYTES(2), SIZE(3), BYTES(4), SIZE(5), BYTES(6), SIZE(7))
  return fail("does not know", name);
}

int main(void) {
  char name[NAME_BYTES];
  while (fread(name, 1, sizeof name, stdin) == sizeof name) {
    argument arguments[MOST_ARGUMENTS] = { 0 };
    uint8_t is_buffer[MOST_ARGUMENTS] = { 0 };
    uint32_t count;
    name[NAME_BYTES - 1] = 0;
    take(&count, sizeof count, name);
    if (count > MOST_ARGUMENTS) fail("too many arguments for", name);
    take(is_buffer, count, name);
    for (uint32_t i = 0; i < count; i++) {
      argument *a = &arguments[i];
      take(&a->number, sizeof a->number, name);
      if (!is_buffer[i] || a->number < 0) continue;
      a->bytes = malloc((size_t)a->number + 1);
      if (a->bytes == NULL) fail("no memory for", name);
      take(a->bytes, (size_t)a->number, name);
    }
    const int32_t status = call(name, arguments);
    fwrite(&status, sizeof status, 1, stdout);
    for (uint32_t i = 0; i < count; i++) {
      if (arguments[i].bytes != NULL) fwrite(arguments[i].bytes, 1, (size_t)arguments[i].number, stdout);
      free(arguments[i].bytes);
    }
    fflush(stdout);
  }
  return 0;
}
