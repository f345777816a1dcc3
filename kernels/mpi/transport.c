/* transport.c: messages by MPI. It is compiled by mpicc for whichever MPI that
 * belongs to: handles differ from one to the next, these functions do not. */
#include "../core/transport.h"
#include "../eoq.h"

#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int own_rank, group_size;
static int32_t patience; /* seconds that a message may take */

/* What was sent and not waited for may lie in memory that is gone: then MPI is not to go on with it. */
static int32_t abandoned;

static char text[MPI_MAX_ERROR_STRING] = "no failure";

static int32_t checked(int error) {
  int length;
  if (error != MPI_SUCCESS) MPI_Error_string(error, text, &length);
  return error == MPI_SUCCESS ? 0 : -1;
}

enum { SPINS_BEFORE_YIELD = 1000, SUMS_AT_FIRST = 16 };

/* Waits for a message. Members of one machine may have fewer cores than they
 * are, so who waits long gives way; and a member that is gone, or a link that is
 * cut, is not waited for without end. */
static int32_t await(int error, MPI_Request *request) {
  int done = 0;
  double since = 0;
  if (checked(error) != 0) return -1;
  for (int32_t spins = 0;; spins++) {
    if (checked(MPI_Test(request, &done, MPI_STATUS_IGNORE)) != 0) break;
    if (done) return 0;
    if (spins < SPINS_BEFORE_YIELD) continue;
    sched_yield();
    const double now = MPI_Wtime();
    if (spins == SPINS_BEFORE_YIELD) since = now;
    if (now - since < patience) continue;
    snprintf(text, sizeof text, "no message for %d s", patience);
    break;
  }
  abandoned = 1;
  return -1;
}

static int32_t refuses(void) {
  if (abandoned) strcpy(text, "a message was given up");
  return abandoned;
}

static int32_t lacking(void) {
  strcpy(text, "no memory for a message");
  return -1;
}

static int32_t start(int32_t seconds, int32_t *rank, int32_t *size) {
  int running = 0, given;
  patience = seconds;
  if (checked(MPI_Initialized(&running)) != 0) return -1;
  if (!running && checked(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given)) != 0) return -1;
  if (checked(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN)) != 0 ||
      checked(MPI_Comm_rank(MPI_COMM_WORLD, &own_rank)) != 0 ||
      checked(MPI_Comm_size(MPI_COMM_WORLD, &group_size)) != 0) {
    return -1;
  }
  *rank = own_rank;
  *size = group_size;
  return 0;
}

static int32_t stop(void) {
  return checked(MPI_Finalize());
}

static void end(int32_t code) {
  MPI_Abort(MPI_COMM_WORLD, code);
}

static int32_t gather(const void *from, void *to, size_t bytes) {
  MPI_Request request;
  if (refuses()) return -1;
  return await(MPI_Iallgather(from, (int)bytes, MPI_BYTE, to, (int)bytes, MPI_BYTE, MPI_COMM_WORLD, &request),
               &request);
}

/* Adds what `members` members sent of `count` values each, in the order of the members. */
#define DEFINE_ADD(name, type)                                             \
  static void name(const void *sent, int members, int count, void *sums) { \
    const type *from = sent;                                               \
    type *to = sums;                                                       \
    memcpy(to, from, (size_t)count * sizeof *to);                          \
    for (int m = 1; m < members; m++) {                                    \
      from += count;                                                       \
      for (int i = 0; i < count; i++) to[i] += from[i];                    \
    }                                                                      \
  }
DEFINE_ADD(add_floats, float)
DEFINE_ADD(add_doubles, double)

/* First of `count` values that member `m` adds up. */
static int share(int count, int m) {
  return (int)((int64_t)count * m / group_size);
}

/* MPI may add in any order: so each of more than two members gets one share of
 * everybody's values, adds it up, and hands the sums to all. */
static int32_t sum_in_order(void *values, int count, MPI_Datatype type, size_t size,
                            void (*add)(const void *sent, int members, int count, void *sums)) {
  const int own = share(count, own_rank + 1) - share(count, own_rank);
  int *lists = malloc(4 * (size_t)group_size * sizeof *lists);
  void *sent = malloc(((size_t)own * group_size + 1) * size);
  void *sums = malloc(((size_t)own + 1) * size);
  int32_t status = lists == NULL || sent == NULL || sums == NULL ? lacking() : 0;
  if (status == 0) {
    int *lengths = lists, *places = lists + group_size, *own_lengths = places + group_size;
    int *own_places = own_lengths + group_size;
    for (int m = 0; m < group_size; m++) {
      places[m] = share(count, m);
      lengths[m] = share(count, m + 1) - places[m];
      own_lengths[m] = own;
      own_places[m] = own * m;
    }
    MPI_Request request;
    status = await(
      MPI_Ialltoallv(values, lengths, places, type, sent, own_lengths, own_places, type, MPI_COMM_WORLD, &request),
      &request);
    if (status == 0) {
      add(sent, group_size, own, sums);
      status =
        await(MPI_Iallgatherv(sums, own, type, values, lengths, places, type, MPI_COMM_WORLD, &request), &request);
    }
  }
  if (abandoned) return status; /* messages may still come to the memory */
  free(lists);
  free(sent);
  free(sums);
  return status;
}

static int32_t is_float(int32_t type) {
  return type == EOQ_FP32 || type == EOQ_FP64;
}

static MPI_Datatype datatype_of(int32_t type) {
  if (is_float(type)) return type == EOQ_FP32 ? MPI_FLOAT : MPI_DOUBLE;
  return type == EOQ_INT32 ? MPI_INT32_T : MPI_INT64_T;
}

static size_t width_of(int32_t type) {
  return type == EOQ_INT32 || type == EOQ_FP32 ? sizeof(int32_t) : sizeof(int64_t);
}

/* A maximum or a sum on its way, in which the order of more than two members has no say. */
typedef struct {
  MPI_Request requests[2];
  void *values, *other; /* what the other of two members has, and room for so many bytes of it */
  size_t room;
  int count;
  MPI_Datatype type;
  MPI_Op how;
} combination;

static int32_t reserve(combination *c, size_t bytes) {
  if (bytes <= c->room) return 0;
  void *grown = realloc(c->other, bytes);
  if (grown == NULL) return lacking();
  c->other = grown;
  c->room = bytes;
  return 0;
}

/* Of two members each sends the other what it has, and both combine it. Open MPI's all-reduce that does not block has
 * one member collect and then hand out: a step's messages took 54 ms for 31 over 300 Mb/s. So they do where receiving
 * begins before sending. */
static int32_t begin(combination *c, void *values, size_t count, int32_t type, eoq_combination how) {
  enum { TAG = 1 };
  c->requests[0] = c->requests[1] = MPI_REQUEST_NULL;
  c->values = values;
  c->count = (int)count;
  c->type = datatype_of(type);
  c->how = how == EOQ_MAXIMUM ? MPI_MAX : MPI_SUM;
  if (group_size != 2) {
    return checked(MPI_Iallreduce(MPI_IN_PLACE, values, c->count, c->type, c->how, MPI_COMM_WORLD, c->requests));
  }
  const int partner = 1 - own_rank;
  if (reserve(c, count * width_of(type)) != 0 ||
      checked(MPI_Isend(values, c->count, c->type, partner, TAG, MPI_COMM_WORLD, &c->requests[1])) != 0) {
    return -1;
  }
  return checked(MPI_Irecv(c->other, c->count, c->type, partner, TAG, MPI_COMM_WORLD, &c->requests[0]));
}

static int32_t complete(combination *c) {
  if (await(MPI_SUCCESS, &c->requests[0]) != 0 || await(MPI_SUCCESS, &c->requests[1]) != 0) return -1;
  return group_size == 2 ? checked(MPI_Reduce_local(c->other, c->values, c->count, c->type, c->how)) : 0;
}

static int32_t combine(void *values, size_t count, int32_t type, eoq_combination how) {
  static combination waited_for;
  if (refuses()) return -1;
  if (is_float(type) && group_size > 2) {
    return sum_in_order(values, (int)count, datatype_of(type), width_of(type),
                        type == EOQ_FP32 ? add_floats : add_doubles);
  }
  return begin(&waited_for, values, count, type, how) != 0 ? -1 : complete(&waited_for);
}

/* Sums on their way, by their tickets; those before the first have come. `left` are not waited for yet. What they have
 * room for is kept from step to step. */
static combination *sums;
static int32_t sum_count, sum_room, first, left;

static combination *next_sum(void) {
  if (left == 0) sum_count = first = 0;
  if (sum_count == sum_room) {
    const int32_t room = sum_room == 0 ? SUMS_AT_FIRST : 2 * sum_room;
    combination *grown = realloc(sums, (size_t)room * sizeof *grown);
    if (grown == NULL) return NULL;
    memset(grown + sum_room, 0, (size_t)(room - sum_room) * sizeof *grown);
    sums = grown;
    sum_room = room;
  }
  return &sums[sum_count++];
}

/* Sums of floats are there at once: of more than two members they take two messages, and the second would wait for a
 * turn between kernels; of two they took, on their way, 65 ms for 50 of a step of bn-fp32 over 300 Mb/s. */
static int32_t start_sums(void *values, size_t count, int32_t type, int32_t *ticket) {
  if (refuses()) return -1;
  combination *c = next_sum();
  if (c == NULL) return lacking();
  *ticket = sum_count - 1;
  left++;
  if (!is_float(type)) return begin(c, values, count, type, EOQ_SUM);
  c->requests[0] = c->requests[1] = MPI_REQUEST_NULL;
  c->count = 0; /* nothing is left to be combined */
  return combine(values, count, type, EOQ_SUM);
}

static int32_t finish_sums(int32_t ticket) {
  if (refuses()) return -1;
  left--;
  return sums[ticket].count == 0 ? 0 : complete(&sums[ticket]);
}

static int32_t arrived(combination *c, int *done) {
  const int32_t status = checked(MPI_Test(&c->requests[0], done, MPI_STATUS_IGNORE));
  return status != 0 || !*done ? status : checked(MPI_Test(&c->requests[1], done, MPI_STATUS_IGNORE));
}

/* A test of one has MPI go on with all. */
static int32_t progress(void) {
  if (refuses()) return -1;
  for (int done = 1; first < sum_count && done; first += done) {
    if (arrived(&sums[first], &done) != 0) return -1;
  }
  return 0;
}

static void abandon(void) {
  abandoned = 1;
}

static const char *failure(void) {
  return text;
}

EOQ_API const eoq_transport eoq_transport_of_mpi = {
  .version = EOQ_TRANSPORT_VERSION,
  .start = start,
  .combine = combine,
  .start_sums = start_sums,
  .finish_sums = finish_sums,
  .progress = progress,
  .abandon = abandon,
  .gather = gather,
  .stop = stop,
  .end = end,
  .failure = failure,
};
