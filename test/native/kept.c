/* kept.c: what is kept beside a tensor from call to call, and what is not.
 * Prints what went wrong, or nothing. */
#include "core/kept.c"
#include "core/reruns.c"

#include <stdio.h>

enum { BYTES = 1000 };

static void expect(const char *what, eoq_tensor *tensor, int32_t has_room, int32_t is_full) {
  const int32_t key = 7;
  int32_t full;
  const void *room = eoq_kept_room(tensor, &key, sizeof key, BYTES, &full);
  if ((room != NULL) != has_room || full != is_full) printf("%s: room %d, full %d\n", what, room != NULL, full);
}

int main(void) {
  eoq_tensor weights = { .count = 1, .bytes = 1, .version = 1 };
  expect("first call", &weights, 0, 0);
  eoq_rerun_begin();
  expect("second run of the first call", &weights, 0, 0);
  eoq_rerun_end();
  weights.version++; /* a training step */
  expect("call of the next step", &weights, 0, 0);
  eoq_rerun_begin();
  expect("second run of the next step", &weights, 0, 0);
  eoq_rerun_end();
  expect("second call", &weights, 1, 0);
  eoq_rerun_begin();
  expect("second run of the second call", &weights, 1, 1);
  eoq_rerun_end();
  expect("third call", &weights, 1, 1);
  weights.version++;
  expect("call of other weights", &weights, 0, 0);
  eoq_kept_free(weights.kept);
  return 0;
}
