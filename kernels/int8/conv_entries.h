/* conv_entries.h: the convolution slots of one instruction-set path, over the
 * driver that conv_run.h made for it. */
#define EOQ_INT8_CONV_ENTRIES(isa)                                                                          \
  int32_t eoq_int8_conv_forward_##isa(const eoq_conv_shape *shape, const int8_t *x, const int8_t *w,        \
                                      const int32_t *bias, eoq_int8_conv_output *y) {                              \
    eoq_conv_job job;                                                                                       \
    eoq_conv_forward_job(shape, &job);                                                                      \
    return run_job(&job, x, w, bias, y->sums, y->sink, y->extremes);                                        \
  }                                                                                                         \
                                                                                                            \
  int32_t eoq_int8_conv_backward_data_##isa(const eoq_conv_shape *shape, const int8_t *dy, const int8_t *w, \
                                            eoq_int8_conv_output *dx) {                                            \
    eoq_conv_job job;                                                                                       \
    eoq_conv_backward_data_job(shape, &job);                                                                \
    return run_job(&job, dy, w, NULL, dx->sums, dx->sink, dx->extremes);                                    \
  }
