/* planted_float.c: floats in a number and in a vector of them, to see that they are found in compiled code. */
#include <stdint.h>

int32_t planted_float(int32_t x);
void planted_floats(int32_t *x);

int32_t planted_float(int32_t x) {
  return (int32_t)((float)x * 0.3f);
}

void planted_floats(int32_t *x) {
  for (int32_t i = 0; i < 256; i++) x[i] = (int32_t)((float)x[i] * 0.3f);
}
