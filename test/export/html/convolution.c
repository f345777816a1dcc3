/* What the test of the page's convolutions calls: passes of one layer, and whether they kept within their memory. */
static int8_t layer_x[TEST_X], layer_w[TEST_W], layer_dy[TEST_Y];
static int32_t layer_sums[TEST_SUMS];

#define OUT(name) __attribute__((export_name(#name))) test_##name
int8_t *OUT(x)(void) {
  return layer_x;
}

int8_t *OUT(w)(void) {
  return layer_w;
}

int8_t *OUT(dy)(void) {
  return layer_dy;
}

int32_t *OUT(sums)(void) {
  return layer_sums;
}

static const eoq_layer test_layer = { .shape = TEST_SHAPE, .weights = layer_w };

int32_t OUT(in_points)(void) {
  return eoq_in_points(&test_layer.shape);
}

void OUT(forward)(int32_t add) {
  eoq_forward_layer(&test_layer, layer_x, add, layer_sums);
}

void OUT(error)(void) {
  eoq_error_layer(&test_layer, layer_dy, layer_sums);
}

void OUT(gradient)(void) {
  eoq_gradient_layer(&test_layer.shape, layer_x, layer_dy, layer_sums);
}

/* The last elements of each array, which is that much larger here than what a page has. */
enum { TEST_GUARD = 99 };

#define EACH_ARRAY(DO) DO(eoq_packed) DO(eoq_source) DO(eoq_factors) DO(eoq_padded) DO(eoq_points) DO(eoq_other_points)

static int32_t test_guards(int32_t set) {
  int32_t same = 1;
#define GUARD(array)                                                                                              \
  for (int32_t i = sizeof array / sizeof *array - TEST_GUARD; i < (int32_t)(sizeof array / sizeof *array); i++) { \
    if (set) array[i] = 77;                                                                                       \
    same &= array[i] == 77;                                                                                       \
  }
  EACH_ARRAY(GUARD)
  return same;
}

void OUT(guard)(void) {
  test_guards(1);
}

int32_t OUT(guarded)(void) {
  return test_guards(0);
}
