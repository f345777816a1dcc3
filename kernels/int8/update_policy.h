/* update_policy.h: the widths and policies of a weight update. */
#ifndef EOQ_INT8_UPDATE_POLICY_H
#define EOQ_INT8_UPDATE_POLICY_H

#include "../core/internal.h"

/* What a momentum was given, else the recipe of eoq_int8.h. */
eoq_update_policy eoq_int8_update_policy_of(const eoq_tensor *momentum);

#endif
