/* products.h: sums of products of int8, the inner loops. Cortex-M4, M7 and M33
 * multiply 16 bits twice in an instruction, and the M55 16 int8 at once; a sum
 * is the same whatever its order. */
#ifndef EOQ_DEVICE_PRODUCTS_H
#define EOQ_DEVICE_PRODUCTS_H

#include "dots.h"
#include "rows.h"

#endif
