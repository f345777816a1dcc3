/* driver.c: an exported network that does what standard input says, a byte at a
 * time: L and a label, a rate and an image to learn from, P and an image to
 * classify, S to save the state in pages and load it in other parts into a
 * network that forgot, H for the hash. */
#include "eoq_model.h"

#include <stdio.h>
#include <string.h>

static uint8_t image[EOQ_IMAGE_BYTES], state[EOQ_STATE_BYTES], other[EOQ_STATE_BYTES];

static int read_all(void *to, size_t count) {
  return fread(to, 1, count, stdin) == count;
}

static int fail(const char *what) {
  printf("FAILED: %s\n", what);
  return 1;
}

/* The whole state, asked for in parts. */
static int save(uint8_t *to, uint32_t part) {
  for (uint32_t at = 0; at < EOQ_STATE_BYTES; at += part) {
    const uint32_t left = EOQ_STATE_BYTES - at;
    if (eoq_save(at, to + at, part > left ? left : part) != (part > left ? left : part)) return 0;
  }
  return eoq_save(EOQ_STATE_BYTES, to, 1) == 0;
}

static int32_t load(const uint8_t *from, uint32_t part) {
  int32_t result = 1;
  for (uint32_t at = 0; at < EOQ_STATE_BYTES; at += part) {
    const uint32_t left = EOQ_STATE_BYTES - at;
    result = eoq_load(at, from + at, part > left ? left : part);
    if (result < 0) return result;
  }
  return result;
}

/* Half of a state is no network: what does not go on there, whether out of order or another state, starts anew. */
static int begun(void) {
  const uint32_t half = EOQ_STATE_BYTES / 2;
  char now[65], fresh[65];
  eoq_init();
  eoq_hash(fresh);
  for (int foreign = 0; foreign < 2; foreign++) {
    if (load(other, EOQ_STATE_BYTES) != 0) return fail("a load to be interrupted");
    if (eoq_load(0, state, half) != 1) return fail("half of a state");
    memset(image, 0xff, 1);
    if (eoq_load(foreign ? 0 : half + 1, image, 1) != -1) return fail("a part that does not follow");
    eoq_hash(now);
    if (strcmp(now, fresh) != 0) return fail("half of a state stayed");
    if (eoq_load(half, state + half, 1) != -1) return fail("a load that had ended");
  }
  return 0;
}

static int restored(void) {
  char before[65], after[65];
  eoq_hash(before);
  if (!save(state, 256)) return fail("a save");
  eoq_init();
  if (load(state, 999) != 0) return fail("a load");
  eoq_hash(after);
  if (strcmp(before, after) != 0) return fail("a loaded state");
  if (!save(other, 4096) || memcmp(state, other, sizeof state) != 0) return fail("a second save");
  /* What is no state of this network leaves it as it is. */
  state[5] ^= 1;
  if (load(state, 512) != -1) return fail("another network's state was taken");
  state[5] ^= 1;
  memset(image, 0xff, sizeof image);
  if (eoq_load(0, image, EOQ_IMAGE_BYTES < EOQ_STATE_BYTES ? EOQ_IMAGE_BYTES : 16) != -1) return fail("erased flash");
  if (eoq_load(8, state + 8, 8) != -1) return fail("a part out of order was taken");
  if (!save(other, 777) || memcmp(state, other, sizeof state) != 0) return fail("a refused state changed something");
  /* One that is damaged further on is found out at its end, and the network starts anew. */
  state[EOQ_STATE_BYTES / 2] ^= 4;
  if (load(state, 100) != -1) return fail("a damaged state was taken");
  if (begun() != 0) return 1;
  eoq_init();
  if (load(other, EOQ_STATE_BYTES) != 0) return fail("a load behind a damaged one");
  return 0;
}

int main(int argc, char **argv) {
  (void)argv;
  eoq_init();
  if (argc > 1) { /* a state to start from comes first */
    if (!read_all(state, sizeof state) || load(state, 4096) != 0) return fail("the first state");
  }
  for (int operation = getchar(); operation != EOF; operation = getchar()) {
    if (operation == 'S') {
      if (restored() != 0) return 1;
    } else if (operation == 'H') {
      char hex[65];
      eoq_hash(hex);
      printf("%s\n", hex);
    } else if (operation == 'P') {
      uint16_t probabilities[EOQ_CLASSES];
      uint32_t sum = 0;
      if (!read_all(image, sizeof image)) return fail("input");
      const int32_t best = eoq_predict(image, probabilities);
      for (int32_t k = 0; k < EOQ_CLASSES; k++) {
        if (probabilities[k] > probabilities[best]) return fail("another class is more probable");
        sum += probabilities[k];
      }
      if (sum < 32768 - EOQ_CLASSES || sum > 32768 + EOQ_CLASSES) return fail("probabilities");
      printf("%d\n", (int)best);
    } else if (operation == 'L') {
      int16_t label;
      uint32_t rate;
      if (!read_all(&label, 2) || !read_all(&rate, 4) || !read_all(image, sizeof image)) return fail("input");
      printf("%d\n", (int)eoq_learn(image, label, rate));
    } else {
      return fail("operation");
    }
  }
  return 0;
}
