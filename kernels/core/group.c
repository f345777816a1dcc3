/* group.c: joining a group, what its messages come to, and the part of a batch that is this member's. */
#include "sums.h"
#include "transport.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum {
  LONGEST_PATH = 4096,
  MOST_SECONDS = 7 * 24 * 3600,
  MOST_PAIRS = 4,
  LARGEST_MESSAGE = 1 << 20,
  LATE_AT_FIRST = 256
};

eoq_group_part_of_batch eoq_part;

static const eoq_transport *transport;
static int32_t own_rank, group_size = 1;

/* Messages and their bytes. */
enum { MAXIMA, SUMS, ALIGNMENTS, KINDS };
static int64_t counts[KINDS][2];

/* Values that wait for the end of the step, and room for a message of them, each with the least that it is. */
static struct {
  int32_t **places, *values;
  size_t count, room;
} late;

static int32_t failed(const char *what) {
  return eoq_fail(EOQ_ERROR_GROUP, "group: %s: %s", what, transport->failure());
}

static const eoq_transport *load(const char *path) {
  /* Transports load parts of themselves, which look for what is loaded already. */
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  return library == NULL ? NULL : dlsym(library, EOQ_TRANSPORT_SYMBOL);
}

int32_t eoq_group_open(const uint8_t *path, size_t bytes, int32_t seconds) {
  char name[LONGEST_PATH];
  const int32_t patient = eoq_within("seconds", seconds, 1, MOST_SECONDS);
  if (patient < 0) return patient;
  if (path == NULL || bytes == 0 || bytes >= sizeof name || memchr(path, 0, bytes) != NULL) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "path: %zu bytes are no name of a file", bytes);
  }
  if (transport != NULL) return eoq_fail(EOQ_ERROR_GROUP, "group: is open");
  memcpy(name, path, bytes);
  name[bytes] = 0;
  const eoq_transport *loaded = load(name);
  if (loaded == NULL) return eoq_fail(EOQ_ERROR_GROUP, "group: cannot load %s: %s", name, dlerror());
  if (loaded->version != EOQ_TRANSPORT_VERSION) {
    return eoq_fail(EOQ_ERROR_GROUP, "group: %s has version %d, not %d", name, loaded->version, EOQ_TRANSPORT_VERSION);
  }
  transport = loaded;
  if (transport->start(seconds, &own_rank, &group_size) == 0) return EOQ_OK;
  const int32_t status = failed("cannot start");
  transport = NULL;
  return status;
}

int32_t eoq_group_close(void) {
  if (transport == NULL) return EOQ_OK;
  const int32_t status = transport->stop() == 0 ? EOQ_OK : failed("cannot stop");
  transport = NULL;
  own_rank = 0;
  group_size = 1;
  eoq_part = (eoq_group_part_of_batch){ 0 };
  return status;
}

int32_t eoq_group_end(int32_t code) {
  if (transport != NULL) transport->end(code);
  return eoq_fail(EOQ_ERROR_GROUP, "group: is not open");
}

int32_t eoq_group_rank(void) {
  return own_rank;
}

int32_t eoq_group_size(void) {
  return group_size;
}

int32_t eoq_group_part(int32_t first, int32_t images, int32_t whole) {
  if (first < 0 || images < 0 || whole < 0 || first > whole || images > whole - first) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "images: %d from %d on are no part of %d", images, first, whole);
  }
  if (whole > 0 && transport == NULL) return eoq_fail(EOQ_ERROR_GROUP, "group: is not open");
  eoq_part = (eoq_group_part_of_batch){ .whole = whole, .first = first, .images = images };
  return EOQ_OK;
}

int32_t eoq_group_gather(const uint8_t *from, size_t bytes, uint8_t *to, size_t room) {
  if (from == NULL || to == NULL || bytes == 0 || bytes > LARGEST_MESSAGE || room != bytes * (size_t)group_size) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "to: %zu bytes, must be %d times %zu", room, group_size, bytes);
  }
  if (transport == NULL) memcpy(to, from, bytes);
  else if (transport->gather(from, to, bytes) != 0) return failed("a gathering failed");
  return EOQ_OK;
}

int32_t eoq_group_counts(uint8_t *to, size_t bytes) {
  if (to == NULL || bytes != sizeof counts) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "counts: %zu bytes, must be %zu", bytes, sizeof counts);
  }
  memcpy(to, counts, sizeof counts);
  return EOQ_OK;
}

static int32_t checked(int32_t combined) {
  return combined == 0 ? EOQ_OK : failed("a combination failed");
}

static int32_t combine(void *values, size_t count, int32_t type, size_t bytes, int32_t kind) {
  counts[kind][0]++;
  counts[kind][1] += (int64_t)bytes;
  return checked(transport->combine(values, count, type, kind == SUMS ? EOQ_SUM : EOQ_MAXIMUM));
}

static int32_t negative(int32_t x) {
  return x == INT32_MIN ? INT32_MAX : -x;
}

/* A minimum is the negative of a maximum; an idle member's are beyond all others. */
static int32_t combine_extremes(int32_t *minima, int32_t *maxima, int32_t pairs, int32_t kind) {
  int32_t values[2 * MOST_PAIRS];
  if (pairs > MOST_PAIRS) return eoq_fail(EOQ_ERROR_ARGUMENT, "pairs: %d are more than %d", pairs, MOST_PAIRS);
  for (int32_t i = 0; i < pairs; i++) {
    values[2 * i] = eoq_part.images == 0 ? -INT32_MAX : negative(minima[i]);
    values[2 * i + 1] = eoq_part.images == 0 ? -INT32_MAX : maxima[i];
  }
  const size_t count = 2 * (size_t)pairs;
  const int32_t status = combine(values, count, EOQ_INT32, count * sizeof *values, kind);
  for (int32_t i = 0; i < pairs; i++) {
    minima[i] = -values[2 * i];
    maxima[i] = values[2 * i + 1];
  }
  return status;
}

int32_t eoq_group_combine_extremes(int32_t *minima, int32_t *maxima, int32_t pairs) {
  return combine_extremes(minima, maxima, pairs, MAXIMA);
}

int32_t eoq_group_combine_alignment(int32_t *minima, int32_t *maxima, int32_t pairs) {
  return combine_extremes(minima, maxima, pairs, ALIGNMENTS);
}

static int32_t more_room(void) {
  const size_t room = late.room == 0 ? LATE_AT_FIRST : 2 * late.room;
  int32_t **places = realloc(late.places, room * sizeof *places);
  if (places != NULL) late.places = places;
  int32_t *values = realloc(late.values, 2 * room * sizeof *values);
  if (values != NULL) late.values = values;
  if (places == NULL || values == NULL) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for %zu late values", room);
  late.room = room;
  return EOQ_OK;
}

int32_t eoq_group_keep_late(int32_t *value, int32_t least) {
  const int32_t status = late.count < late.room ? EOQ_OK : more_room();
  if (status < 0) return status;
  late.values[2 * late.count + 1] = least;
  late.places[late.count++] = value;
  return EOQ_OK;
}

static int32_t combine_late(int32_t status) {
  const size_t count = late.count;
  late.count = 0; /* also where the step has failed */
  if (status < 0 || count == 0) return status;
  for (size_t i = 0; i < count; i++) late.values[2 * i] = *late.places[i];
  for (size_t i = 0; i < 2 * count && eoq_part.images == 0; i++) late.values[i] = INT32_MIN;
  const int32_t combined = combine(late.values, 2 * count, EOQ_INT32, 2 * count * sizeof *late.values, MAXIMA);
  if (combined < 0) return combined;
  for (size_t i = 0; i < count; i++) {
    const int32_t largest = late.values[2 * i], least = late.values[2 * i + 1];
    *late.places[i] = largest == INT32_MIN || largest > least ? largest : least;
  }
  return status;
}

size_t eoq_group_width(int32_t type) {
  return type == EOQ_INT32 || type == EOQ_FP32 ? sizeof(int32_t) : sizeof(int64_t);
}

int32_t eoq_group_combine_sums(void *values, size_t count, int32_t type) {
  const size_t bytes = count * eoq_group_width(type);
  if (eoq_part.images == 0) memset(values, 0, bytes);
  return combine(values, count, type, bytes, SUMS);
}

int32_t eoq_group_start(void *values, size_t bytes, int32_t type, int32_t *ticket) {
  counts[SUMS][0]++;
  counts[SUMS][1] += (int64_t)bytes;
  return checked(transport->start_sums(values, bytes / eoq_group_width(type), type, ticket));
}

int32_t eoq_group_finish(int32_t ticket) {
  return checked(transport->finish_sums(ticket));
}

int32_t eoq_group_progress(void) {
  return checked(transport->progress());
}

void eoq_group_abandon(void) {
  transport->abandon();
}

int32_t eoq_group_finish_step(int32_t status) {
  return combine_late(eoq_sums_finish(status));
}
