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
import type { Call, Program } from "../native/program.ts";
import { type Departure, departuresOf } from "./departures.ts";
import { fixed } from "./formula.ts";
import { lanesOf } from "./fp32/lanes.ts";

/** Messages that every step has. */
export type RegularMessages = Omit<Messages, "alignments" | "alignmentsBytes">;

const NONE: RegularMessages = { maxima: 0, maximaBytes: 0, sums: 0, sumsBytes: 0 };

/** Bytes of a smallest and a largest value, of an exponent and the least that it is, and of int64 and fp64. */
const PAIR = 8, LATE = 8, WIDE = 8;

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
    case "int8_update_scalars":
      return sums(1, (fixed(call.words.biases) + fixed(call.words.scales)) * WIDE);
    case "fp32_batchnorm_relu_forward":
      return sums(2, 2 * fixed(call.words.c) * WIDE);
    case "fp32_batchnorm_relu_backward": {
      const channels = fixed(call.words.c);
      return sums(1, (lanesOf(channels) + channels) * WIDE);
    }
    case "fp32_fixup_relu_backward":
    case "fp32_fixup_residual_backward":
      return sums(1, 3 * WIDE);
    default:
      return NONE;
  }
}

/** What a call combines. */
export interface CallMessages extends RegularMessages {
  /** Those of its sums that go on their way. */
  readonly departures: readonly Departure[];
}

/** What each call of a training step combines; nothing in most. The last has what is combined at the step's end. */
export function callMessages(program: Program): CallMessages[] {
  const { calls } = program, departures = departuresOf(program);
  const late = calls.filter(isLate).length;
  const last = late === 0 ? NONE : { ...NONE, maxima: 1, maximaBytes: LATE * late };
  return calls.map((call, i) => {
    const own = departures[i]!, bytes = own.reduce((sum, { bytes }) => sum + bytes, 0);
    const parts = [messagesOf(call), sums(own.length, bytes), ...i < calls.length - 1 ? [] : [last]];
    return { ...total(parts), departures: own };
  });
}

/** What a training step combines. */
export function stepMessages(program: Program): RegularMessages {
  return total(callMessages(program));
}
