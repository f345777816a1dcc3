/* conv_entries.h: the convolution slots of one instruction-set path, over the
 * driver that conv_tile.h made for it. */
#define EOQ_FP32_CONV_ENTRIES(isa)                                                                              \
  int32_t eoq_fp32_conv_forward_##isa(const eoq_conv_shape *shape, const float *x, const float *w, float *y) {  \
    eoq_conv_job job;                                                                                           \
    eoq_conv_forward_job(shape, &job);                                                                          \
    return run_job(&job, x, w, NULL, y, NULL, NULL);                                                                  \
  }                                                                                                             \
                                                                                                                \
  int32_t eoq_fp32_conv_backward_data_##isa(const eoq_conv_shape *shape, const float *dy, const float *w,       \
                                            float *dx) {                                                        \
    eoq_conv_job job;                                                                                           \
    eoq_conv_backward_data_job(shape, &job);                                                                    \
    return run_job(&job, dy, w, NULL, dx, NULL, NULL);                                                                \
  }
