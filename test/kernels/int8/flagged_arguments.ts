/**
 * Valid arguments of int8 kernels with what {@linkcode INT8_ARGUMENTS} leaves
 * out: exponents of hindsight, and the fine parts of flagged errors.
 *
 * @module
 */

import type { INT8_KERNELS } from "../../../lib/native/declarations.ts";
import { type Parameter, size, tensor, type TensorParameter } from "../arguments.ts";
import { INT8_ARGUMENTS } from "./arguments.ts";

const EXPONENTS = 4;

/** Bits that the steps of a fine part are below those of its error: the least, as contents say nothing of more. */
const FINER = 7;

/** What a kernel quantizes without: errors of logits have fixed steps, and pools set no flags. */
const WITHOUT: Readonly<Record<string, string>> = {
  int8_loss: "quantizer.exponents",
  int8_pool_backward: "quantizer.fine",
};

/** The parameters with a tensor for each handle that was none. */
function flagged(kernel: string, parameters: readonly Parameter[]): Parameter[] {
  const countOf = (each: Parameter | undefined) => (each as TensorParameter).count;
  return parameters.map((each, i): Parameter => {
    const { name } = each;
    if (name === WITHOUT[kernel] || WITHOUT[kernel] === `${name}s`) return each;
    if (name === "quantizer.exponents") return { ...tensor(name, EXPONENTS, "int32"), optional: true };
    if (name === "quantizer.exponent") return size(name, EXPONENTS - 1, 0);
    if (name === "quantizer.fine") {
      const first = parameters.findIndex(({ name }) => name === "quantizer.bits");
      return { ...tensor(name, countOf(parameters[first - 1]), "int8"), optional: true };
    }
    if (name === "fine" && !("count" in each)) {
      return { ...tensor(name, countOf(parameters[i - 1]), "int8"), optional: true, exponent: -FINER };
    }
    if (name === "fine_sums") return tensor(name, countOf(parameters.find(({ name }) => name === "dx")), "int32");
    return name === "dw" && "count" in each ? { ...each, type: "int64", usual: "int32" } : each;
  });
}

const OPERANDS = ["quantizer.exponents", "fine", "fine_sums"];

/** By name, in the order of the words; kernels without such operands are left out. */
export const FLAGGED_ARGUMENTS: Readonly<Partial<Record<keyof typeof INT8_KERNELS, readonly Parameter[]>>> = Object
  .fromEntries(
    Object.entries(INT8_ARGUMENTS)
      .filter(([, parameters]) => parameters.some((each) => OPERANDS.includes(each.name) && !("count" in each)))
      .map(([kernel, parameters]) => [kernel, flagged(kernel, parameters)]),
  );
