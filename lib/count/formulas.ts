/**
 * One formula a kernel: what each call of a program executes and moves. They
 * are held to the counting build of the library (kernels/core/count.h), call by
 * call, by tests.
 *
 * @module
 */

import type { KernelName } from "../native/declarations.ts";
import type { Call, CallOf } from "../native/program.ts";
import { PATHS } from "../native/paths.ts";
import type { Counted, Formulas, Setting } from "./formula.ts";
import { FP32_NORMS } from "./fp32/batch_norm.ts";
import { FP32_CONVOLUTIONS } from "./fp32/convolution.ts";
import { FP32_ENDS } from "./fp32/ends.ts";
import { FP32_FIXUP } from "./fp32/fixup.ts";
import { FP32_UPDATES } from "./fp32/update.ts";
import { INT8_ACTIVATIONS } from "./int8/activation.ts";
import { INT8_CONVOLUTIONS } from "./int8/convolution.ts";
import { INT8_ERRORS } from "./int8/error.ts";
import { INT8_LOSS } from "./int8/loss.ts";
import { INT8_NORMS } from "./int8/norm.ts";
import { INT8_UPDATES } from "./int8/update.ts";

/** Kernels that measure, and are no part of a step. */
type MeasuringKernel = "int8_count_values" | "int8_count_updates" | "int8_peak" | "fp32_peak";

/** Kernels that a step is made of. */
type StepKernel = Exclude<KernelName, MeasuringKernel>;

/** A formula for each of them. */
const FORMULAS: Formulas<StepKernel> = {
  ...INT8_CONVOLUTIONS,
  ...INT8_ACTIVATIONS,
  ...INT8_ERRORS,
  ...INT8_NORMS,
  ...INT8_LOSS,
  ...INT8_UPDATES,
  ...FP32_CONVOLUTIONS,
  ...FP32_NORMS,
  ...FP32_FIXUP,
  ...FP32_ENDS,
  ...FP32_UPDATES,
};

function isStepCall(call: Call): call is Extract<Call, CallOf<StepKernel>> {
  return call.kernel in FORMULAS;
}

function countStepCall<K extends StepKernel>({ kernel, words }: CallOf<K>, setting: Setting): Counted {
  return FORMULAS[kernel](words, setting);
}

/** What a call executes and moves. @throws {TypeError} of a kernel that no step has. */
export function countCall(call: Call, setting: Setting): Counted {
  if (!isStepCall(call)) throw new TypeError(`${call.kernel} is no part of a step`);
  return countStepCall(call, setting);
}

/** Multiply-accumulates of a call, which are the same on every path. */
export function macsOf(call: Call): number {
  return countCall(call, { path: PATHS.scalar!, smoothed: false }).macs ?? 0;
}
