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

enum { SPINS_BEFORE_YIELD = 1000, REQUESTS_AT_FIRST = 16 };

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

/* MPI may add in any order: so each member gets one share of everybody's values,
 * adds it up, and hands the sums to all. */
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

static int32_t combine(void *values, size_t count, int32_t type, eoq_combination how) {
  if (refuses()) return -1;
  if (type == EOQ_FP32) return sum_in_order(values, (int)count, MPI_FLOAT, sizeof(float), add_floats);
  if (type == EOQ_FP64) return sum_in_order(values, (int)count, MPI_DOUBLE, sizeof(double), add_doubles);
  MPI_Request request;
  return await(MPI_Iallreduce(MPI_IN_PLACE, values, (int)count, type == EOQ_INT32 ? MPI_INT32_T : MPI_INT64_T,
                              how == EOQ_MAXIMUM ? MPI_MAX : MPI_SUM, MPI_COMM_WORLD, &request),
               &request);
}

/* Sums on their way, by their tickets; those before the first have come. `left` are not waited for yet. */
static MPI_Request *requests;
static int32_t request_count, request_room, first, left;

static MPI_Request *next_request(void) {
  if (left == 0) request_count = first = 0;
  if (request_count == request_room) {
    const int32_t room = request_room == 0 ? REQUESTS_AT_FIRST : 2 * request_room;
    MPI_Request *grown = realloc(requests, (size_t)room * sizeof *grown);
    if (grown == NULL) return NULL;
    requests = grown;
    request_room = room;
  }
  return &requests[request_count++];
}

/* Sums of floats are there at once: they take two messages, and the second would wait for a turn between kernels. On
 * their way they gained nothing: steps of bn-fp32 over 300 Mb/s took 1 to 8 % longer. */
static int32_t start_sums(void *values, size_t count, int32_t type, int32_t *ticket) {
  if (refuses()) return -1;
  MPI_Request *request = next_request();
  if (request == NULL) return lacking();
  *request = MPI_REQUEST_NULL;
  *ticket = request_count - 1;
  left++;
  if (type == EOQ_FP32 || type == EOQ_FP64) return combine(values, count, type, EOQ_SUM);
  return checked(MPI_Iallreduce(MPI_IN_PLACE, values, (int)count, type == EOQ_INT32 ? MPI_INT32_T : MPI_INT64_T,
                                MPI_SUM, MPI_COMM_WORLD, request));
}

static int32_t finish_sums(int32_t ticket) {
  if (refuses()) return -1;
  left--;
  return await(MPI_SUCCESS, &requests[ticket]);
}

/* A test of one has MPI go on with all. */
static int32_t progress(void) {
  if (refuses()) return -1;
  for (int done = 1; first < request_count && done; first += done) {
    if (checked(MPI_Test(&requests[first], &done, MPI_STATUS_IGNORE)) != 0) return -1;
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
