/* transport.h: what carries the messages of a group. It is a library of its own,
 * since it is compiled against what the machine has: it offers an eoq_transport
 * under the name of EOQ_TRANSPORT_SYMBOL, and kernels/mpi/transport.c is one. */
#ifndef EOQ_TRANSPORT_H
#define EOQ_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#define EOQ_TRANSPORT_SYMBOL "eoq_transport_of_mpi"

enum { EOQ_TRANSPORT_VERSION = 2 };

/* What becomes of the values that members hold at one place. */
typedef enum { EOQ_MAXIMUM, EOQ_SUM } eoq_combination;

/* All members make the same calls in the same order. Those that return a status
 * give 0, or another number after which failure() has the reason. */
typedef struct {
  int32_t version;
  /* Joins, and tells which member this is of how many. A message that takes longer than `seconds` fails. */
  int32_t (*start)(int32_t seconds, int32_t *rank, int32_t *size);
  /* Replaces values by those of all members, combined: of element types EOQ_INT32, EOQ_INT64, EOQ_FP32 and EOQ_FP64.
   * Floating-point sums add up in the order of the members. */
  int32_t (*combine)(void *values, size_t count, int32_t type, eoq_combination how);
  /* The same sums, on their way when this returns: the values are this member's no more until finish_sums() has waited
   * for them, which is asked once for each ticket. Meanwhile messages go on whenever progress() is called. */
  int32_t (*start_sums)(void *values, size_t count, int32_t type, int32_t *ticket);
  int32_t (*finish_sums)(int32_t ticket);
  int32_t (*progress)(void);
  /* Nobody waits any more for what is on its way, and its values may be gone: no message goes on from here. */
  void (*abandon)(void);
  /* `to` gets the bytes of each member in turn. */
  int32_t (*gather)(const void *from, void *to, size_t bytes);
  int32_t (*stop)(void);
  /* Ends the processes of all members. */
  void (*end)(int32_t code);
  const char *(*failure)(void);
} eoq_transport;

#endif
