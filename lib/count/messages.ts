/**
 * The messages of a training step that several processes share: what its calls
 * combine over them (kernels/core/group.h). How many there are depends on the
 * network alone, and not on the batch or on the number of processes; tests hold
 * it against what the library counts. Beside them there are alignments, which
 * depend on the data: where a shortcut's error has finer steps than the sums that
 * it joins, and where an exponent of the step before does not decide, as in the
 * first step.
 *
 * @module
 */

import type { Messages } from "../native/group.ts";
import type { Geometry } from "../native/conv_shape.ts";
import type { Call, Program } from "../native/program.ts";
import { fixed } from "./formula.ts";
import { lanesOf } from "./fp32/lanes.ts";

/** Messages that every step has. */
export type RegularMessages = Omit<Messages, "alignments" | "alignmentsBytes">;

const NONE: RegularMessages = { maxima: 0, maximaBytes: 0, sums: 0, sumsBytes: 0 };

/** Bytes of a smallest and a largest value, of an exponent and the least that it is, of int64 and fp64, and of int32 and fp32. */
const PAIR = 8, LATE = 8, WIDE = 8, NARROW = 4;

const maxima = (pairs: number): RegularMessages => ({ ...NONE, maxima: 1, maximaBytes: PAIR * pairs });
const sums = (count: number, bytes: number): RegularMessages => ({ ...NONE, sums: count, sumsBytes: bytes });

function total(parts: readonly RegularMessages[]): RegularMessages {
  return parts.reduce((sum, part) => ({
    maxima: sum.maxima + part.maxima,
    maximaBytes: sum.maximaBytes + part.maximaBytes,
    sums: sum.sums + part.sums,
    sumsBytes: sum.sumsBytes + part.sumsBytes,
  }), NONE);
}

/** Of an error with flags both parts' sums are measured before they join. */
function ofError(fine: unknown): RegularMessages {
  return fine === undefined ? NONE : maxima(2);
}

function weightsOf({ inputs, outputs, kernel }: Geometry): number {
  return outputs * kernel * kernel * inputs;
}

/** Whether an exponent of the step before decides how a call rounds, so that its own is combined at the step's end. */
function isLate({ words }: Call): boolean {
  return "quantizer" in words && words.quantizer.exponents !== undefined;
}

/** What a call combines as it runs. */
function messagesOf(call: Call): RegularMessages {
  switch (call.kernel) {
    case "int8_conv_forward_activate":
    case "int8_conv_forward_quantize":
    case "int8_activate":
    case "int8_quantize":
    case "int8_residual":
    case "int8_pool":
    case "int8_pool_backward":
    case "int8_activate_backward":
    case "int8_block_backward":
    case "int8_batchnorm_inference":
      return isLate(call) ? NONE : maxima(1);
    case "int8_conv_backward_data":
      return ofError(call.words.fine);
    case "int8_conv_backward_data_activate":
    case "int8_conv_backward_data_block":
      return total([ofError(call.words.fine), isLate(call) ? NONE : maxima(1)]);
    case "int8_batchnorm_forward":
      return total([maxima(1), sums(1, 2 * fixed(call.words.c) * WIDE), maxima(1)]);
    case "int8_batchnorm_backward":
      return total([sums(1, 2 * fixed(call.words.c) * WIDE), isLate(call) ? NONE : maxima(1)]);
    case "int8_conv_backward_weights": {
      const { dw } = call.words;
      return sums(1, dw.count * (dw.type === "int64" ? WIDE : NARROW));
    }
    case "int8_update_scalars":
      return sums(1, (fixed(call.words.biases) + fixed(call.words.scales)) * WIDE);
    case "fp32_batchnorm_relu_forward":
      return sums(2, 2 * fixed(call.words.c) * WIDE);
    case "fp32_batchnorm_relu_backward": {
      const channels = fixed(call.words.c);
      return sums(1, (lanesOf(channels) + channels) * WIDE);
    }
    case "fp32_conv_backward_weights":
      return sums(1, weightsOf(call.words.shape.geometry) * NARROW);
    case "fp32_bias_backward":
      return sums(1, fixed(call.words.c) * NARROW);
    case "fp32_fixup_relu_backward":
    case "fp32_fixup_residual_backward":
      return sums(1, 3 * WIDE);
    default:
      return NONE;
  }
}

/** What each call of a training step combines; nothing in most. The last has what is combined at the step's end. */
export function callMessages({ calls }: Program): RegularMessages[] {
  const late = calls.filter(isLate).length;
  const last = late === 0 ? NONE : { ...NONE, maxima: 1, maximaBytes: LATE * late };
  return calls.map((call, i) => i < calls.length - 1 ? messagesOf(call) : total([messagesOf(call), last]));
}

/** What a training step combines. */
export function stepMessages(program: Program): RegularMessages {
  return total(callMessages(program));
}

/** Gradients of a step's weights: how many, and the bytes that they have as they are summed. */
export function gradientsOf({ calls }: Program): { readonly values: number; readonly bytes: number } {
  const each = calls.flatMap((call) => {
    const { kernel } = call, { sumsBytes } = messagesOf(call);
    if (kernel === "int8_conv_backward_weights") return { values: call.words.dw.count, bytes: sumsBytes };
    if (kernel === "fp32_conv_backward_weights") return { values: sumsBytes / NARROW, bytes: sumsBytes };
    return [];
  });
  return each.reduce((sum, { values, bytes }) => ({ values: sum.values + values, bytes: sum.bytes + bytes }), {
    values: 0,
    bytes: 0,
  });
}
