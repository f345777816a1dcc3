/**
 * A tensor that was freed, as a caller of C may still name it: the library's own are refused before C sees them.
 *
 * @module
 */

import type { Library } from "../../lib/native/library.ts";
import { Tensor, type TensorType } from "../../lib/native/tensor.ts";

/** The handle that a tensor of the type had. */
export function deadTensor(library: Library, type: TensorType, count: number): Tensor {
  const tensor = new Tensor(library, type, count), { handle } = tensor;
  tensor.close();
  return { handle } as Tensor;
}
