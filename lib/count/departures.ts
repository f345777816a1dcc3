/**
 * Sums of gradients that are on their way while a step goes on: how they go
 * together into messages (kernels/core/sums.h), and when they are waited for.
 *
 * @module
 */

import type { Geometry } from "../native/conv_shape.ts";
import type { Call, Program } from "../native/program.ts";
import { Tensor, type TensorType } from "../native/tensor.ts";
import { flatten } from "../native/words.ts";
import { fixed } from "./formula.ts";

/** Bytes of int64, and of int32 and fp32. */
const WIDE = 8, NARROW = 4;

function weightsOf({ inputs, outputs, kernel }: Geometry): number {
  return outputs * kernel * kernel * inputs;
}

/** Sums that are on their way when a call is over (kernels/core/sums.h): of which tensor, and their bytes. */
interface Started {
  readonly to: Tensor;
  readonly bytes: number;
}

function startedBy(call: Call): Started | undefined {
  switch (call.kernel) {
    case "int8_conv_backward_weights": {
      const { dw } = call.words;
      return { to: dw, bytes: dw.count * (dw.type === "int64" ? WIDE : NARROW) };
    }
    case "fp32_conv_backward_weights": {
      const { dweights: to, shape: { geometry } } = call.words;
      return { to, bytes: weightsOf(geometry) * NARROW };
    }
    case "fp32_bias_backward": {
      const { dbias: to, c } = call.words;
      return { to, bytes: fixed(c) * NARROW };
    }
  }
}

/** Gradients of at least so many bytes are a message each; smaller ones of a type go together until they have as many (EOQ_BUCKET). */
export const BUCKET = 1 << 16;

/** A message of sums that goes on its way. */
export interface Departure {
  readonly bytes: number;
  /** Index of the first call that waits for it; as many as there are calls where only the end of the step does. */
  readonly awaited: number;
}

type Message = { -readonly [K in keyof Departure]: Departure[K] };

/** The messages that each call of a step sends on their way; the last one those that are left at the end, too. */
export function departuresOf({ calls }: Program): Departure[][] {
  const sent: Departure[][] = calls.map(() => []), flying = new Map<Tensor, Message>();
  let bucket: { readonly message: Message; readonly type: TensorType } | undefined;
  const sendBucket = (at: number) => {
    if (bucket !== undefined) sent[at]!.push(bucket.message);
    bucket = undefined;
  };
  calls.forEach((call, at) => {
    for (const word of flatten(call.kernel, call.words)) {
      const message = word instanceof Tensor ? flying.get(word) : undefined;
      if (message === undefined || message.awaited < calls.length) continue;
      sendBucket(at);
      message.awaited = at;
    }
    const started = startedBy(call);
    if (started === undefined) return;
    const { to, bytes } = started, alone = bytes >= BUCKET;
    if (!alone && bucket?.type !== to.type) sendBucket(at);
    const message: Message = !alone && bucket !== undefined ? bucket.message : { bytes: 0, awaited: calls.length };
    message.bytes += bytes;
    flying.set(to, message);
    if (alone) sent[at]!.push(message);
    else bucket = { message, type: to.type };
    if (!alone && message.bytes >= BUCKET) sendBucket(at);
  });
  if (calls.length > 0) sendBucket(calls.length - 1);
  return sent;
}

/** Gradients of a step's weights: how many, and the bytes that they have as they are summed. */
export function gradientsOf({ calls }: Program): { readonly values: number; readonly bytes: number } {
  const each = calls.flatMap((call) => {
    if (call.kernel !== "int8_conv_backward_weights" && call.kernel !== "fp32_conv_backward_weights") return [];
    return [{ values: weightsOf(call.words.shape.geometry), bytes: startedBy(call)!.bytes }];
  });
  return each.reduce((sum, { values, bytes }) => ({ values: sum.values + values, bytes: sum.bytes + bytes }), {
    values: 0,
    bytes: 0,
  });
}
