/* conv_entries.h: the convolution slots of one instruction-set path, over the
 * drivers that conv_tile.h and weights_tile.h made for it. */
#define EOQ_FP32_CONV_ENTRIES(isa)                                                                              \
  int32_t eoq_fp32_conv_forward_##isa(const eoq_conv_shape *shape, const float *x, const float *w, float *y) {  \
    eoq_conv_job job;                                                                                           \
    eoq_conv_forward_job(shape, &job);                                                                          \
    return run_job(&job, x, w, NULL, y, NULL);                                                                  \
  }                                                                                                             \
                                                                                                                \
  int32_t eoq_fp32_conv_backward_data_##isa(const eoq_conv_shape *shape, const float *dy, const float *w,       \
                                            float *dx) {                                                        \
    eoq_conv_job job;                                                                                           \
    eoq_conv_backward_data_job(shape, &job);                                                                    \
    return run_job(&job, dy, w, NULL, dx, NULL);                                                                \
  }                                                                                                             \
                                                                                                                \
  int32_t eoq_fp32_conv_backward_weights_##isa(const eoq_conv_shape *shape, const float *x, const float *dy,    \
                                               float *dw) {                                                     \
    weights_context w;                                                                                          \
    const int32_t chunks = weight_chunks(shape);                                                                \
    int32_t status = run_weights(shape, x, dy, chunks, &w);                                                     \
    if (status == EOQ_OK) eoq_fp32_sum_partials(shape, w.partial, chunks, w.channels, dw);                      \
    return status;                                                                                              \
  }
