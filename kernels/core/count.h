/* count.h: the counting build (-DEOQ_COUNT) of the scalar reference counts the
 * arithmetic that it executes, by kind and width. EOQ_TALLY stands beside the
 * expression it counts, inside the loop that evaluates it; in every other
 * build it is nothing. Address arithmetic and loop counters are not counted.
 * EOQ_TALLY_OVERHEAD counts apart what the algorithm itself has no need of,
 * such as the partial sums of lanes. */
#ifndef EOQ_COUNT_H
#define EOQ_COUNT_H

#include <stdint.h>

/* The width of a multiplication is that of its operands (the wider of two), of
 * anything else that of its result. */
typedef enum {
  EOQ_OP_INT8_MULTIPLY,
  EOQ_OP_INT16_MULTIPLY,
  EOQ_OP_INT32_MULTIPLY,
  EOQ_OP_INT64_MULTIPLY,
  EOQ_OP_INT8_ADD,
  EOQ_OP_INT16_ADD,
  EOQ_OP_INT32_ADD,
  EOQ_OP_INT64_ADD,
  EOQ_OP_SHIFT,
  EOQ_OP_COMPARE, /* also maximum, minimum and each side of a clip */
  EOQ_OP_RANDOM,  /* draws of random bits */
  EOQ_OP_LOOKUP,
  EOQ_OP_INT_DIVIDE,
  EOQ_OP_FP32_MULTIPLY,
  EOQ_OP_FP32_ADD,
  EOQ_OP_FP32_DIVIDE,
  EOQ_OP_FP32_SQUARE_ROOT,
  EOQ_OP_FP32_EXP, /* also logarithms */
  EOQ_OP_FP32_COMPARE,
  EOQ_OP_KINDS
} eoq_operation;

#ifdef EOQ_COUNT
extern uint64_t eoq_tallies[2][EOQ_OP_KINDS];
extern uint64_t eoq_tally_weight;
#define EOQ_TALLY(kind, count) (eoq_tallies[0][kind] += eoq_tally_weight * (uint64_t)(count))
/* What is executed beside that, and the algorithm itself has no need of. */
#define EOQ_TALLY_OVERHEAD(kind, count) (eoq_tallies[1][kind] += (uint64_t)(count))
/* Around what is not counted (reruns.h). */
#define EOQ_TALLY_PAUSE() (eoq_tally_weight = 0)
#define EOQ_TALLY_RESUME() (eoq_tally_weight = 1)
#else
#define EOQ_TALLY(kind, count) ((void)0)
#define EOQ_TALLY_OVERHEAD(kind, count) ((void)0)
#define EOQ_TALLY_PAUSE() ((void)0)
#define EOQ_TALLY_RESUME() ((void)0)
#endif

#endif
