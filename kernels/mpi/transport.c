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

/* All members call what goes over one of these in the same order. Values of a sum in order come back when a member has
 * added up, between whatever else is sent then: so these have one of their own, and in the order of their sums. */
static MPI_Comm shares, returns;

static char text[MPI_MAX_ERROR_STRING] = "no failure";

static int32_t checked(int error) {
  int length;
  if (error != MPI_SUCCESS) MPI_Error_string(error, text, &length);
  return error == MPI_SUCCESS ? 0 : -1;
}

enum { SPINS_BEFORE_YIELD = 1000, SUMS_AT_FIRST = 16 };

/* Whether what is waited for is there, 1 or 0; -1 after a failure. */
typedef int32_t arrived(void *what);

/* Waits. Members of one machine may have fewer cores than they are, so who waits
 * long gives way; and a member that is gone, or a link that is cut, is not waited
 * for without end. */
static int32_t await(arrived *ready, void *what) {
  double since = 0;
  for (int32_t spins = 0;; spins++) {
    const int32_t state = ready(what);
    if (state > 0) return 0;
    if (state < 0) break;
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

static int32_t tested(void *request) {
  int done = 0;
  return checked(MPI_Test(request, &done, MPI_STATUS_IGNORE)) == 0 ? done : -1;
}

static int32_t await_request(int error, MPI_Request *request) {
  return checked(error) == 0 ? await(tested, request) : -1;
}

static int32_t lacking(void) {
  strcpy(text, "no memory for a message");
  return -1;
}

/* Members that others wait for may never come: the copies are waited for as any message. */
static int32_t copy_world(MPI_Comm *copy) {
  MPI_Request request;
  return await_request(MPI_Comm_idup(MPI_COMM_WORLD, copy, &request), &request);
}

static int32_t start(int32_t seconds, int32_t *rank, int32_t *size) {
  int running = 0, given;
  patience = seconds;
  if (checked(MPI_Initialized(&running)) != 0) return -1;
  if (!running && checked(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given)) != 0) return -1;
  if (checked(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN)) != 0 ||
      checked(MPI_Comm_rank(MPI_COMM_WORLD, &own_rank)) != 0 ||
      checked(MPI_Comm_size(MPI_COMM_WORLD, &group_size)) != 0 || copy_world(&shares) != 0 ||
      copy_world(&returns) != 0) {
    return -1;
  }
  *rank = own_rank;
  *size = group_size;
  return 0;
}

static int32_t refuses(void) {
  if (abandoned) strcpy(text, "a message was given up");
  return abandoned;
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
  return await_request(MPI_Iallgather(from, (int)bytes, MPI_BYTE, to, (int)bytes, MPI_BYTE, MPI_COMM_WORLD, &request),
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

/* A sum. MPI adds integers up as it likes; of floats each member gets one share of everybody's values, adds it up, and
 * hands the sums to all. */
typedef struct {
  enum { DONE, WHOLE, SHARES, RETURN } stage;
  MPI_Request request;
  MPI_Comm back;
  void *values;
  int count;
  int32_t type;
  int *lists; /* of shares: lengths and places of all members' and, as often as there are members, of the own one */
  uint8_t *sent;
} sum;

static MPI_Datatype type_of(int32_t type) {
  if (type == EOQ_FP32) return MPI_FLOAT;
  if (type == EOQ_FP64) return MPI_DOUBLE;
  return type == EOQ_INT32 ? MPI_INT32_T : MPI_INT64_T;
}

/* First of `count` values that member `m` adds up. */
static int share(int count, int m) {
  return (int)((int64_t)count * m / group_size);
}

static size_t size_of(const sum *s) {
  return s->type == EOQ_FP32 ? sizeof(float) : sizeof(double);
}

static int own_share(const sum *s) {
  return share(s->count, own_rank + 1) - share(s->count, own_rank);
}

/* Where the own share is added up: behind what the members sent of it. */
static uint8_t *added(const sum *s) {
  return s->sent + (size_t)own_share(s) * group_size * size_of(s);
}

static void release(sum *s) {
  free(s->lists);
  free(s->sent);
  s->lists = NULL;
  s->sent = NULL;
  s->stage = DONE;
}

static int32_t send_shares(sum *s, MPI_Comm there) {
  const int own = own_share(s);
  s->lists = malloc(4 * (size_t)group_size * sizeof *s->lists);
  s->sent = malloc(((size_t)own * ((size_t)group_size + 1) + 1) * size_of(s));
  if (s->lists == NULL || s->sent == NULL) {
    release(s);
    return lacking();
  }
  int *lengths = s->lists, *places = lengths + group_size, *own_lengths = places + group_size;
  int *own_places = own_lengths + group_size;
  for (int m = 0; m < group_size; m++) {
    places[m] = share(s->count, m);
    lengths[m] = share(s->count, m + 1) - places[m];
    own_lengths[m] = own;
    own_places[m] = own * m;
  }
  const MPI_Datatype type = type_of(s->type);
  s->stage = SHARES;
  return checked(
    MPI_Ialltoallv(s->values, lengths, places, type, s->sent, own_lengths, own_places, type, there, &s->request));
}

static int32_t send_back(sum *s) {
  const int own = own_share(s);
  const MPI_Datatype type = type_of(s->type);
  (s->type == EOQ_FP32 ? add_floats : add_doubles)(s->sent, group_size, own, added(s));
  s->stage = RETURN;
  return checked(
    MPI_Iallgatherv(added(s), own, type, s->values, s->lists, s->lists + group_size, type, s->back, &s->request));
}

/* Starts a sum, whose values go over one communicator and the sums of floats over another. */
static int32_t start_sum(sum *s, void *values, size_t count, int32_t type, MPI_Comm there, MPI_Comm back) {
  *s = (sum){ .back = back, .values = values, .count = (int)count, .type = type };
  if (type == EOQ_FP32 || type == EOQ_FP64) return send_shares(s, there);
  s->stage = WHOLE;
  return checked(MPI_Iallreduce(MPI_IN_PLACE, values, s->count, type_of(type), MPI_SUM, there, &s->request));
}

/* Goes on with a sum as far as messages have come: whether it is done. */
static int32_t go_on(void *what) {
  sum *s = what;
  while (s->stage != DONE) {
    const int32_t state = tested(&s->request);
    if (state <= 0) return state;
    if (s->stage != SHARES) release(s);
    else if (send_back(s) != 0) return -1;
  }
  return 1;
}

static int32_t combine(void *values, size_t count, int32_t type, eoq_combination how) {
  if (refuses()) return -1;
  if (how == EOQ_SUM) {
    sum s;
    if (start_sum(&s, values, count, type, MPI_COMM_WORLD, MPI_COMM_WORLD) != 0) return -1;
    return await(go_on, &s);
  }
  MPI_Request request;
  return await_request(
    MPI_Iallreduce(MPI_IN_PLACE, values, (int)count, type_of(type), MPI_MAX, MPI_COMM_WORLD, &request), &request);
}

/* Sums on their way, by their tickets, up to the first of which all are done; `left` are not waited for yet. */
static sum *sums;
static int32_t sum_count, sum_room, first_left, left;

static int32_t start_sums(void *values, size_t count, int32_t type, int32_t *ticket) {
  if (refuses()) return -1;
  if (left == 0) sum_count = first_left = 0;
  if (sum_count == sum_room) {
    const int32_t room = sum_room == 0 ? SUMS_AT_FIRST : 2 * sum_room;
    sum *grown = realloc(sums, (size_t)room * sizeof *grown);
    if (grown == NULL) return lacking();
    sums = grown;
    sum_room = room;
  }
  if (start_sum(&sums[sum_count], values, count, type, shares, returns) != 0) return -1;
  left++;
  *ticket = sum_count++;
  return 0;
}

/* In their order, in which sums of floats go back in all members. What is behind a message that has not come has not,
 * as a rule: a test of the first alone has MPI go on with all. */
static int32_t progress(void) {
  for (int32_t i = first_left; i < sum_count && !abandoned; i++) {
    const int32_t state = go_on(&sums[i]);
    if (state < 0) return -1;
    if (state > 0 && i == first_left) first_left++;
    if (state == 0 && sums[i].stage != RETURN) return 0;
  }
  return refuses() ? -1 : 0;
}

static int32_t is_done(void *ticket) {
  if (progress() != 0) return -1;
  return sums[*(int32_t *)ticket].stage == DONE;
}

static int32_t finish_sums(int32_t ticket) {
  if (await(is_done, &ticket) != 0) return -1;
  left--;
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
