/* weights_entries.h: the backward weights slot of one instruction-set path,
 * over the driver that weights_tasks.h made for it. */
#define EOQ_INT8_WEIGHTS_ENTRIES(isa)                                                                            \
  int32_t eoq_int8_conv_backward_weights_##isa(const eoq_conv_shape *shape, const int8_t *x, const int8_t *dy,   \
                                               int32_t chunks, int32_t *dw, eoq_int8_partials *partials) {       \
    partials->chunks = chunks;                                                                                   \
    return run_weights(shape, x, dy, chunks, dw, &partials->layout, &partials->sums);                            \
  }
