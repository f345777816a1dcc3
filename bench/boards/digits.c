/* digits.c: learns digits on a board in place of its self-test (selftest.c), and prints what they took. */
#include "digits.h"
#include "eoq_model.h"

void put(const char *text);
uint64_t instructions(void);

static void put_number(uint64_t x) {
  char text[24];
  int32_t i = 23;
  text[i] = 0;
  do text[--i] = (char)('0' + (int32_t)(x % 10));
  while ((x /= 10) > 0);
  put(text + i);
}

int main(void) {
  eoq_init();
  for (uint32_t i = 0; i < DIGITS; i++) {
    const uint64_t begin = instructions();
    if (eoq_learn(digits[i], labels[i], EOQ_FULL_RATE) < 0) return 1;
    put_number(instructions() - begin);
    put("\n");
  }
  char hex[65];
  eoq_hash(hex);
  put(hex);
  put("\n");
  return 0;
}
