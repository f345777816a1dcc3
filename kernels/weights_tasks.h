/* weights_tasks.h: shares backward weights over the threads. With a chunk of
 * images or more a thread, each packs and sums chunks of its own; with fewer,
 * all of them pack a group of images and then share its jobs. */
#include "weights_run.h"

/* Packed operands of a group: they stay in the second-level cache while every
 * job reads them, unless the sums, which every group reads and writes, are more. */
enum { GROUP_BYTES = 256 * 1024 };

typedef struct {
  const eoq_conv_shape *shape;
  const SOURCE *x, *dy;
  eoq_weights_plan plans[2]; /* of whole groups of images; of images left over */
  int32_t units[2];          /* that are packed together */
  int32_t chunks, parts;
  SUM *sums;
  const SOURCE *zeros;
  size_t inputs_bytes, errors_bytes;
  weights_group group;
} weights_context;

static size_t aligned(size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/* The group that starts at an image; returns the image behind it. */
static int32_t next_group(const weights_context *c, int32_t chunk, int32_t image, uint8_t *memory,
                          weights_group *group) {
  const eoq_conv_shape *s = c->shape;
  const int32_t first = eoq_share(s->n, chunk, c->chunks), left = eoq_share(s->n, chunk + 1, c->chunks) - image;
  const int rest = left < GROUP;
  const int32_t images = c->plans[rest].images, units = left / images < c->units[rest] ? left / images : c->units[rest];
  *group = (weights_group){
    .plan = &c->plans[rest],
    .x = c->x + (size_t)image * s->h * s->w * s->c,
    .dy = c->dy + (size_t)image * s->oh * s->ow * s->k,
    .units = units, .first = image == first, .last = left == units * images,
    .sums = c->sums + chunk * c->plans[0].sums.count,
    .inputs = (PACKED *)memory, .errors = (PACKED *)(memory + c->inputs_bytes), .zeros = c->zeros,
  };
  return image + units * images;
}

static void chunk_task(void *argument, int32_t chunk, int32_t thread) {
  const weights_context *c = argument;
  uint8_t *memory = eoq_scratch(thread);
  SUM *starts = (SUM *)(memory + c->inputs_bytes + c->errors_bytes);
  const int32_t end = eoq_share(c->shape->n, chunk + 1, c->chunks);
  weights_group group;
  for (int32_t image = eoq_share(c->shape->n, chunk, c->chunks); image < end;) {
    image = next_group(c, chunk, image, memory, &group);
    pack_group(&group, 0, 1);
    run_group(&group, 0, 1, starts);
  }
}

static void pack_task(void *argument, int32_t part, int32_t thread) {
  (void)thread;
  const weights_context *c = argument;
  pack_group(&c->group, part, c->parts);
}

static void jobs_task(void *argument, int32_t part, int32_t thread) {
  const weights_context *c = argument;
  run_group(&c->group, part, c->parts, eoq_scratch(thread));
}

static void share_chunk(weights_context *c, int32_t chunk, uint8_t *memory) {
  const int32_t end = eoq_share(c->shape->n, chunk + 1, c->chunks);
  for (int32_t image = eoq_share(c->shape->n, chunk, c->chunks); image < end;) {
    image = next_group(c, chunk, image, memory, &c->group);
    eoq_parallel(pack_task, c, c->parts);
    eoq_parallel(jobs_task, c, c->parts);
  }
}

/* Bytes that hold a packed operand of any group, and what a vector may read behind it. */
static size_t packed_bytes(const weights_context *c, int errors) {
  size_t most = 0;
  for (int rest = 0; rest < 2; rest++) {
    const eoq_weights_side *side = errors ? &c->plans[rest].errors : &c->plans[rest].inputs;
    const size_t bytes = side->direct ? 0 : c->units[rest] * side->unit * sizeof(PACKED);
    most = bytes > most ? bytes : most;
  }
  return aligned(most + sizeof(VECTOR));
}

static void plan_groups(weights_context *c) {
  for (int rest = 0; rest < 2; rest++) {
    eoq_weights_plan *plan = &c->plans[rest];
    eoq_weights_plan_init(plan, c->shape, LANES, GROUP, rest);
    const size_t unit = (plan->inputs.unit + plan->errors.unit) * sizeof(PACKED), sums = plan->sums.count * sizeof(SUM);
    const size_t units = (sums > GROUP_BYTES ? sums : GROUP_BYTES) / unit, most = rest ? GROUP - 1 : c->shape->n;
    c->units[rest] = (int32_t)(units > most ? most : units < 1 ? 1 : units);
  }
  c->inputs_bytes = packed_bytes(c, 0);
  c->errors_bytes = packed_bytes(c, 1);
}

/* Zeros that stand for a row of padding, and for the channels behind the last one. */
static size_t zero_bytes(const eoq_weights_side *inputs, const eoq_weights_side *errors) {
  const size_t x = (size_t)inputs->width * inputs->channels, dy = (size_t)errors->width * errors->channels;
  return aligned(((x > dy ? x : dy) + LANES) * sizeof(SOURCE));
}

/* Sums of weight gradients over `chunks` nearly equal shares of the images,
 * each laid out as `layout` says: in `target` where one chunk lies as the
 * weights do and target is not NULL, else in the shared scratch. */
static int32_t run_weights(const eoq_conv_shape *s, const SOURCE *x, const SOURCE *dy, int32_t chunks, SUM *target,
                           eoq_weights_sums *layout, SUM **sums) {
  weights_context c = { .shape = s, .x = x, .dy = dy, .chunks = chunks, .parts = eoq_threads() };
  plan_groups(&c);
  const eoq_weights_plan *plan = &c.plans[0];
  const int in_place = target != NULL && chunks == 1 && plan->sums.input == 1 && plan->sums.tap == (size_t)s->c;
  const int shared = chunks < c.parts;
  const size_t partials = in_place ? 0 : aligned(chunks * plan->sums.count * sizeof(SUM));
  const size_t zeros = zero_bytes(&plan->inputs, &plan->errors), starts = 2 * padded_run(plan) * sizeof(SUM);
  const size_t packed = c.inputs_bytes + c.errors_bytes;
  int32_t status = eoq_scratch_reserve(shared ? starts : packed + starts);
  if (status < 0 || (status = eoq_shared_reserve(partials + zeros + (shared ? packed : 0))) < 0) return status;
  uint8_t *memory = eoq_shared();
  c.sums = in_place ? target : (SUM *)memory;
  c.zeros = memset(memory + partials, 0, zeros);
  if (!shared) eoq_parallel(chunk_task, &c, chunks);
  for (int32_t chunk = 0; shared && chunk < chunks; chunk++) share_chunk(&c, chunk, memory + partials + zeros);
  *layout = plan->sums;
  *sums = c.sums;
  return EOQ_OK;
}
