/**
 * eoq's own convolutions as contestants: random operands, one pass over one
 * batch, int8 with its requantised output or fp32.
 *
 * @module
 */

import { mix32 } from "../random.ts";
import { needsWideGradients } from "../exec/int8/training_room.ts";
import { type Arithmetic, ARITHMETICS } from "../exec/methods.ts";
import { ConvShape } from "../native/conv_shape.ts";
import type { Library } from "../native/library.ts";
import { Tensor, type TensorType } from "../native/tensor.ts";
import { convElements, type ConvPlan } from "../plan/plan.ts";
import type { Contestant } from "./contest.ts";
import { secondsOf } from "./sampling.ts";
import { applySetting, type Setting } from "../report/setting.ts";
import { batchMacs, type ConvPhase } from "./shapes.ts";

/** A pass over a convolution. */
export interface ConvJob {
  readonly conv: ConvPlan;
  readonly batch: number;
  readonly phase: ConvPhase;
}

type MakeTensor = (type: TensorType, count: number) => Tensor;

/** Whole numbers in -127..127 for int8, the same over 128 for fp32. */
function fill(tensor: Tensor): void {
  const value = (_: number, i: number) => mix32(i) % 255 - 127;
  if (tensor.type === "int8") tensor.write(new Int8Array(tensor.count).map(value));
  else tensor.write(new Float32Array(tensor.count).map((_, i) => value(_, i) / 128));
}

/** Elements of a batch's input and output, and of the weights. */
function sizes({ conv, batch }: ConvJob) {
  const { input, output, weights } = convElements(conv);
  return { input: batch * input, output: batch * output, weights };
}

/** A convolution in the library: the shape behind the tensors in each call's arguments, and what makes tensors. */
interface Operation {
  readonly library: Library;
  readonly job: ConvJob;
  readonly shape: readonly [handle: number, n: number];
  /** A tensor to read, of random contents, and one to write. */
  readonly operand: MakeTensor;
  readonly result: MakeTensor;
}

/** The int8 pass. What is requantised afterwards is so within the call, since nobody trains on int32. */
function int8Call({ library, job, shape, operand, result }: Operation): () => void {
  const { input, output, weights } = sizes(job);
  const { symbols } = library;
  if (job.phase === "backward-weights") {
    const x = operand("int8", input).handle, dy = operand("int8", output).handle;
    const dw = result(needsWideGradients(job.conv, job.batch) ? "int64" : "int32", weights).handle;
    return () => library.check(symbols.eoq_int8_conv_backward_weights(x, dy, dw, ...shape));
  }
  const forward = job.phase === "forward";
  const count = forward ? output : input;
  const from = operand("int8", forward ? input : output).handle, by = operand("int8", weights).handle;
  const sums = result("int32", count).handle, to = result("int8", count).handle;
  if (forward) return () => library.check(symbols.eoq_int8_conv_forward_quantize(from, by, sums, to, ...shape));
  /* As in a training step, the error passes a ReLU; one that stops nothing. */
  const mask = result("bits", count), gradients = result("int64", 2).handle;
  mask.write(new Uint8Array(mask.byteLength).fill(0xff));
  return () =>
    library.check(symbols.eoq_int8_conv_backward_data_activate(
      ...[from, by, mask.handle, sums, gradients, -1, -1, to] as const,
      ...shape,
    ));
}

function fp32Call({ library, job, shape, operand, result }: Operation): () => void {
  const { input, output, weights } = sizes(job);
  const { symbols } = library;
  const call = {
    "forward": { run: symbols.eoq_fp32_conv_forward, from: input, by: weights, to: output },
    "backward-data": { run: symbols.eoq_fp32_conv_backward_data, from: output, by: weights, to: input },
    "backward-weights": { run: symbols.eoq_fp32_conv_backward_weights, from: input, by: output, to: weights },
  }[job.phase];
  const from = operand("fp32", call.from).handle, by = operand("fp32", call.by).handle;
  const to = result("fp32", call.to).handle;
  return () => library.check(call.run(from, by, to, ...shape));
}

/** Both arithmetics at one setting. Rates count 10^9 multiply-adds. */
export function ownConvolutions(library: Library, setting: Setting, job: ConvJob): Contestant[] {
  return ARITHMETICS.map((arithmetic: Arithmetic): Contestant => {
    const tensors: Tensor[] = [];
    const result: MakeTensor = (type, count) => {
      const tensor = new Tensor(library, type, count);
      tensors.push(tensor);
      return tensor;
    };
    const operand: MakeTensor = (type, count) => {
      const tensor = result(type, count);
      fill(tensor);
      return tensor;
    };
    const made = new ConvShape(library, job.conv);
    const shape = [made.handle, job.batch] as const;
    const call = (arithmetic === "int8" ? int8Call : fp32Call)({ library, job, shape, operand, result });
    return {
      subject: "eoq",
      variant: arithmetic,
      arithmetic,
      ...setting,
      work: batchMacs(job.conv, job.batch) / 1e9,
      run: (repetitions) => {
        applySetting(library, setting);
        return secondsOf(() => {
          for (let i = 0; i < repetitions; i++) call();
        });
      },
      close: () => [made, ...tensors].forEach((each) => each.close()),
    };
  });
}
