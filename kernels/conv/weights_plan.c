/* weights_plan.c: the geometry of backward weights, the same for every arithmetic. */
#include "weights_plan.h"

static int32_t round_up(int32_t value, int32_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

static void finish(eoq_weights_side *side, int32_t group) {
  side->image = (size_t)side->height * side->width * side->channels;
  side->pixel = (size_t)side->packed_channels * group;
  side->pitch = ((size_t)side->width + 2 * side->border) * side->pixel;
  side->unit = side->row.size * side->pitch;
  side->direct = group == 1 && side->packed_channels == side->channels && side->border == 0;
}

void eoq_weights_plan_init(eoq_weights_plan *plan, const eoq_conv_shape *s, int32_t lanes, int32_t group,
                           int32_t interleave_rows) {
  const int32_t vector_inputs = round_up(s->c, lanes), vector_errors = round_up(s->k, lanes);
  const int errors_fill = (int64_t)vector_inputs * s->k > (int64_t)vector_errors * s->c;
  const int32_t rows = interleave_rows ? (s->oh + group - 1) / group : s->oh;
  *plan = (eoq_weights_plan){
    .interleave_rows = interleave_rows, .images = interleave_rows ? 1 : group,
    .rows = rows, .columns = s->ow, .row_taps = s->kernel,
    .inputs = {
      .height = s->h, .width = s->w, .channels = s->c,
      .tensor_row = { s->stride, -s->pad, 1, s->h },
      .row = { s->stride, -s->pad, 1, s->h },
      .column = { s->stride, -s->pad, 1, s->w },
    },
    .errors = {
      .height = s->oh, .width = s->ow, .channels = s->k,
      .tensor_row = { 1, 0, 0, s->oh }, .row = { 1, 0, 0, rows }, .column = { 1, 0, 0, s->ow },
    },
  };
  eoq_weights_side *inputs = &plan->inputs, *errors = &plan->errors;
  if (interleave_rows) inputs->row = (eoq_weights_axis){ 1, 0, rows, s->kernel * rows };
  if (errors_fill) {
    plan->vector = errors;
    plan->broadcast = inputs;
    plan->column_taps = 1;
    plan->run = s->kernel * s->c;
    plan->vectors = vector_errors / lanes;
    inputs->packed_channels = s->c;
    errors->packed_channels = vector_errors;
    inputs->border = s->pad;
    inputs->column = (eoq_weights_axis){ s->stride, 0, 0, s->w + 2 * s->pad };
    plan->sums = (eoq_weights_sums){ 1, (size_t)s->c * vector_errors, vector_errors,
                                     (size_t)s->kernel * s->kernel * s->c * vector_errors };
  } else {
    plan->vector = inputs;
    plan->broadcast = errors;
    plan->column_taps = s->kernel;
    plan->run = s->k;
    plan->vectors = vector_inputs / lanes;
    inputs->packed_channels = vector_inputs;
    errors->packed_channels = s->k;
    const size_t channel = (size_t)s->kernel * s->kernel * vector_inputs;
    plan->sums = (eoq_weights_sums){ channel, vector_inputs, 1, s->k * channel };
  }
  finish(inputs, group);
  finish(errors, group);
}

/* Smallest i >= 0 with step * i >= distance. */
static int32_t reach(int32_t distance, int32_t step) {
  return distance <= 0 ? 0 : (distance + step - 1) / step;
}

static void cut(eoq_weights_range *range, const eoq_weights_axis *axis, int32_t t) {
  const int32_t first = axis->first + axis->tap * t;
  const int32_t from = reach(-first, axis->step), to = reach(axis->size - first, axis->step);
  range->from = from > range->from ? from : range->from;
  range->to = to < range->to ? to : range->to;
}

eoq_weights_tap eoq_weights_tap_of(const eoq_weights_plan *plan, int32_t index) {
  const eoq_weights_side *a = plan->vector, *b = plan->broadcast;
  eoq_weights_tap tap = {
    .ky = index / plan->column_taps,
    .kx = index % plan->column_taps,
    .rows = { 0, plan->rows },
    .columns = { 0, plan->columns },
  };
  cut(&tap.rows, &a->row, tap.ky);
  cut(&tap.rows, &b->row, tap.ky);
  cut(&tap.columns, &a->column, tap.kx);
  cut(&tap.columns, &b->column, tap.kx);
  if (tap.rows.from >= tap.rows.to || tap.columns.from >= tap.columns.to) {
    tap.rows = tap.columns = (eoq_weights_range){ 0, 0 };
  }
  return tap;
}
