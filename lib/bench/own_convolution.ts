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
import type { Kernels } from "../native/kernels.ts";
import type { Library } from "../native/library.ts";
import { Executable, Recorder } from "../native/program.ts";
import { Tensor, type TensorType } from "../native/tensor.ts";
import { NEAREST } from "../native/words.ts";
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

/** A pass that is timed alone is a part of nothing. */
const PLACE = { layer: "", phase: "forward" } as const;

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

/** A convolution in the library, and what makes its tensors. */
interface Operation {
  readonly kernels: Kernels;
  readonly job: ConvJob;
  readonly shape: ConvShape;
  /** A tensor to read, of random contents, and one to write. */
  readonly operand: MakeTensor;
  readonly result: MakeTensor;
}

/** The int8 pass. What is requantised afterwards is so within the call, since nobody trains on int32. */
function callInt8({ kernels, job, shape, operand, result }: Operation): void {
  const { input, output, weights } = sizes(job), { conv, batch: n, phase } = job;
  if (phase === "backward-weights") {
    const x = operand("int8", input), dy = operand("int8", output);
    const dw = result(needsWideGradients(conv, n) ? "int64" : "int32", weights);
    return kernels.call("int8_conv_backward_weights", { x, dy, fine: undefined, dw, shape, n }, PLACE);
  }
  const forward = phase === "forward", count = forward ? output : input;
  const from = operand("int8", forward ? input : output);
  const words = {
    weights: operand("int8", weights),
    sums: result("int32", count),
    quantizer: NEAREST,
    shape,
    n,
  };
  const to = result("int8", count);
  if (forward) return kernels.call("int8_conv_forward_quantize", { ...words, x: from, y: to }, PLACE);
  /* As in a training step, the error passes a ReLU; one that stops nothing. */
  const mask = result("bits", count), gradients = result("int64", 2), none = undefined;
  mask.write(new Uint8Array(mask.byteLength).fill(0xff));
  const error = { dy: from, fine: none, mask, fine_sums: none, gradients, bias_before: -1, bias_behind: -1, dx: to };
  kernels.call("int8_conv_backward_data_activate", { ...words, ...error }, PLACE);
}

function callFp32({ kernels, job, shape, operand, result }: Operation): void {
  const { input, output, weights } = sizes(job), n = job.batch;
  const read = (count: number) => operand("fp32", count), written = (count: number) => result("fp32", count);
  switch (job.phase) {
    case "forward": {
      const words = { x: read(input), weights: read(weights), y: written(output), shape, n };
      return kernels.call("fp32_conv_forward", words, PLACE);
    }
    case "backward-data": {
      const words = { dy: read(output), weights: read(weights), dx: written(input), shape, n };
      return kernels.call("fp32_conv_backward_data", words, PLACE);
    }
    case "backward-weights": {
      const words = { x: read(input), dy: read(output), dweights: written(weights), shape, n };
      return kernels.call("fp32_conv_backward_weights", words, PLACE);
    }
  }
}

/**
 * Both arithmetics at one setting. Rates count 10^9 multiply-adds. Each is a
 * program of one call, which keeps its guess of a shift as those of steps do.
 */
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
    const shape = new ConvShape(library, job.conv), recorder = new Recorder(library);
    const call = arithmetic === "int8" ? callInt8 : callFp32;
    const pass = new Executable(
      library,
      recorder.record(() => call({ kernels: recorder, job, shape, operand, result })),
    );
    return {
      subject: "eoq",
      variant: arithmetic,
      arithmetic,
      ...setting,
      work: batchMacs(job.conv, job.batch) / 1e9,
      run: (repetitions) => {
        applySetting(library, setting);
        return secondsOf(() => {
          for (let i = 0; i < repetitions; i++) pass.run({});
        });
      },
      close: () => [pass, shape, ...tensors].forEach((each) => each.close()),
    };
  });
}
