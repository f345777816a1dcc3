/* each.c: a program that runs once for each of many items, on all threads. The
 * first item runs as a program does, its calls shared by the threads. The others
 * are independent: each thread runs whole programs by itself, in tensors of its
 * own lane. */
#include "../core/internal.h"
#include "kernels.h"
#include "program.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 4, MOST_TENSORS = 16 };

typedef struct {
  eoq_program *program;
  const int32_t *inputs, *outputs; /* handles */
} lane;

typedef struct {
  int32_t lanes, inputs, outputs, items;
  lane *lane;
  const uint8_t *slots, *from;
  uint8_t *to;
  size_t input_bytes, output_bytes; /* of an item */
  _Atomic int32_t failed;           /* an item that did, and 1; or 0 */
} context;

static size_t bytes_of(const int32_t *handles, int32_t count, size_t more) {
  size_t bytes = 0;
  for (int32_t i = 0; i < count; i++) bytes += eoq_tensor_look(handles[i])->bytes + more;
  return bytes;
}

static void take_inputs(const context *c, const lane *own, int32_t item) {
  const uint8_t *from = c->from + (size_t)item * c->input_bytes;
  for (int32_t i = 0; i < c->inputs; i++) {
    const eoq_tensor *tensor = eoq_tensor_look(own->inputs[i]);
    memcpy(tensor->data, from, tensor->bytes);
    from += tensor->bytes;
  }
}

static void give_outputs(const context *c, const lane *own, int32_t item) {
  uint8_t *to = c->to + (size_t)item * c->output_bytes;
  for (int32_t i = 0; i < c->outputs; i++) {
    const eoq_tensor *tensor = eoq_tensor_look(own->outputs[i]);
    memcpy(to, &tensor->exponent, sizeof tensor->exponent);
    memcpy(to + sizeof tensor->exponent, tensor->data, tensor->bytes);
    to += sizeof tensor->exponent + tensor->bytes;
  }
}

static int32_t run_item(const context *c, const lane *own, int32_t item) {
  take_inputs(c, own, item);
  int32_t status = EOQ_OK;
  for (int32_t i = 0; i < own->program->call_count && status >= 0; i++) {
    status = eoq_program_run_call(own->program, i, c->slots);
  }
  if (status >= 0) give_outputs(c, own, item);
  return status;
}

/* Items but the first, on a thread of the pool. */
static void run_alone(void *argument, int32_t index, int32_t thread) {
  context *c = argument;
  eoq_alone(thread);
  if (run_item(c, &c->lane[thread], index + 1) < 0) atomic_store(&c->failed, index + 2);
  eoq_alone(-1);
}

static int32_t run_shared(const context *c, int32_t item) {
  eoq_program *p = c->lane[0].program;
  eoq_program_begin(p, 0);
  const int32_t status = run_item(c, &c->lane[0], item);
  eoq_program_end(p, p->call_count);
  return status;
}

static int32_t run_items(context *c) {
  int32_t status = run_shared(c, 0), tidy = 1;
  if (status < 0 || c->items == 1) return status;
  for (int32_t i = 0; i < c->lanes; i++) tidy = tidy && c->lane[i].program->tidy;
  if (!tidy || c->lanes < eoq_threads()) {
    for (int32_t item = 1; item < c->items && status >= 0; item++) status = run_shared(c, item);
    return status;
  }
  /* A tidy program reads in arenas what it has written itself: no epoch has to part its runs. */
  eoq_parallel(run_alone, c, c->items - 1);
  const int32_t failed = atomic_load(&c->failed);
  if (failed == 0) return EOQ_OK;
  /* The text of the failure is the other thread's. */
  status = run_shared(c, failed - 1);
  return status < 0 ? status : eoq_fail(EOQ_ERROR_MEMORY, "item %d: no memory beside the others", failed - 1);
}

static int32_t check_tensors(const context *c, int32_t number, const int32_t *handles) {
  for (int32_t i = 0; i < c->inputs + c->outputs; i++) {
    const eoq_tensor *tensor = eoq_tensor_look(handles[i]);
    if (tensor == NULL) return eoq_fail(EOQ_ERROR_TENSOR, "lane %d: %d is not a live tensor", number, handles[i]);
    if (i >= c->inputs) continue;
    /* Of these types alone nothing is known beside the bytes. */
    if (tensor->placed || (tensor->type != EOQ_UINT8 && tensor->type != EOQ_INT16)) {
      return eoq_fail(EOQ_ERROR_TENSOR, "lane %d: input %d is not uint8 or int16 with memory of its own", number, i);
    }
    const int32_t status = eoq_claim(handles[i], number);
    if (status < 0) return status;
  }
  return EOQ_OK;
}

static int32_t read_lane(context *c, int32_t number, const int32_t *words) {
  lane *own = &c->lane[number];
  *own = (lane){ .program = eoq_program_find(words[0]), .inputs = words + 1, .outputs = words + 1 + c->inputs };
  if (own->program == NULL) return EOQ_ERROR_PROGRAM;
  int32_t status = check_tensors(c, number, own->inputs);
  if (status < 0 || (status = eoq_program_apart(own->program)) < 0) return status;
  const eoq_program *first = c->lane[0].program;
  int32_t alike = own->program->call_count == first->call_count;
  for (int32_t i = 0; i < own->program->call_count && alike && status >= 0; i++) {
    const eoq_program_call *call = &own->program->calls[i], *other = &first->calls[i];
    alike = call->kernel == other->kernel && eoq_kernel_alike(call->kernel, call->words, other->words);
    status = eoq_kernel_claim(call->kernel, call->words, number);
  }
  if (status < 0) return status;
  if (!alike || bytes_of(own->inputs, c->inputs, 0) != c->input_bytes ||
      bytes_of(own->outputs, c->outputs, sizeof(int32_t)) != c->output_bytes) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "lane %d: is not like the first one", number);
  }
  return EOQ_OK;
}

/* What a lane touches is its own, or nobody's. */
static int32_t check_claims(const context *c, int32_t number) {
  const lane *own = &c->lane[number];
  for (int32_t i = 0; i < own->program->call_count; i++) {
    const eoq_program_call *call = &own->program->calls[i];
    const int32_t status = eoq_kernel_claimed(call->kernel, call->words, number);
    if (status < 0) return status;
  }
  for (int32_t i = 0; i < c->outputs; i++) {
    const int32_t owner = eoq_claim_owner(own->outputs[i]);
    if (owner >= 0 && owner != number) {
      return eoq_fail(EOQ_ERROR_ARGUMENT, "lane %d: output %d is of lane %d", number, i, owner);
    }
  }
  return EOQ_OK;
}

static int32_t check_buffer(const char *name, const uint8_t *buffer, size_t bytes, size_t of_item, int32_t items) {
  const size_t count = (size_t)items;
  if (bytes / count == of_item && bytes % count == 0 && (buffer != NULL || bytes == 0)) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %zu bytes, must be %d items of %zu", name, bytes, items, of_item);
}

static int32_t check(context *c, const int32_t *words, size_t slot_bytes, size_t from_bytes, size_t to_bytes) {
  const int32_t stride = 1 + c->inputs + c->outputs;
  int32_t status = EOQ_OK;
  eoq_claims_start();
  for (int32_t i = 0; i < c->lanes && status >= 0; i++) {
    if (i == 0) {
      /* The first one's sizes are those of all; its handles are looked at before. */
      if (eoq_program_find(words[0]) == NULL) return EOQ_ERROR_PROGRAM;
      if ((status = check_tensors(c, 0, words + 1)) < 0) return status;
      c->input_bytes = bytes_of(words + 1, c->inputs, 0);
      c->output_bytes = bytes_of(words + 1 + c->inputs, c->outputs, sizeof(int32_t));
    }
    status = read_lane(c, i, words + (size_t)i * stride);
    if (status >= 0) status = eoq_program_slots(c->lane[i].program, c->slots, slot_bytes);
  }
  if (status < 0 || (status = check_buffer("from", c->from, from_bytes, c->input_bytes, c->items)) < 0 ||
      (status = check_buffer("to", c->to, to_bytes, c->output_bytes, c->items)) < 0) {
    return status;
  }
  for (int32_t i = 0; i < c->lanes && status >= 0; i++) status = check_claims(c, i);
  return status;
}

int32_t eoq_program_each(const uint8_t *words, size_t word_bytes, const uint8_t *slots, size_t slot_bytes,
                         const uint8_t *from, size_t from_bytes, uint8_t *to, size_t to_bytes) {
  int32_t header[HEADER];
  if (words == NULL || word_bytes < sizeof header) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "words: %zu bytes, must be %zu at least", word_bytes, sizeof header);
  }
  memcpy(header, words, sizeof header);
  context c = { .lanes = header[0], .inputs = header[1], .outputs = header[2], .items = header[3] };
  c.slots = slots, c.from = from, c.to = to;
  int32_t status = eoq_within("lanes", c.lanes, 1, EOQ_MAX_THREADS);
  if (status < 0 || (status = eoq_within("inputs", c.inputs, 0, MOST_TENSORS)) < 0 ||
      (status = eoq_within("outputs", c.outputs, 0, MOST_TENSORS)) < 0 ||
      (status = eoq_within("items", c.items, 1, INT32_MAX)) < 0) {
    return status;
  }
  const size_t count = HEADER + (size_t)c.lanes * (1 + c.inputs + c.outputs);
  if (word_bytes != count * sizeof(int32_t)) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "words: %zu bytes, must be %zu", word_bytes, count * sizeof(int32_t));
  }
  int32_t *own = malloc(word_bytes);
  c.lane = calloc((size_t)c.lanes, sizeof *c.lane);
  status = own == NULL || c.lane == NULL ? eoq_fail(EOQ_ERROR_MEMORY, "no memory for %d lanes", c.lanes) : EOQ_OK;
  if (status >= 0) {
    memcpy(own, words, word_bytes);
    status = check(&c, own + HEADER, slot_bytes, from_bytes, to_bytes);
  }
  if (status >= 0) status = run_items(&c);
  free(c.lane);
  free(own);
  return status;
}
