/**
 * A training step as a device runs it: the calls of the recorded program, with
 * those joined whose int32 tensors a device has no memory for. Sums are
 * quantized and gradients are applied as they arise (kernels/device/).
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { ConvShape } from "../../native/conv_shape.ts";
import type { Call, CallOf, Program } from "../../native/program.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Quantizer, UpdatePolicy, Words } from "../../native/words.ts";
import type { KernelName } from "../../native/declarations.ts";
import { type DeviceCall, type DeviceLayer, type DeviceProgram, type Names, sizesOf } from "./program.ts";

/** Pixels of an output whose weight gradients, less their mean, and a rounding stay within 2^30. */
const MOST_PIXELS = 33_000;

/** Bytes before the gradients of an output that are kept: kernels/device/keep.h. */
const KEPT_HEAD = 8;

/** Bytes of the windows of four pixels as int16, and of one as it is where it has to be put together before. */
function patchBytes(shape: ConvShape): number {
  const window = Math.ceil(sizesOf(shape).window / 4) * 4;
  return (shape.geometry.inputs % 4 === 0 ? 8 : 9) * window;
}

function refuse({ layer, kernel }: Call, why: string): UserError {
  return new UserError(`export --format c: ${layer}: ${why} (${kernel})`);
}

/** Makes the calls of a device out of those of a program. */
class Lowering {
  readonly calls: DeviceCall[] = [];
  readonly layers = new Map<Tensor, DeviceLayer>();
  policy: UpdatePolicy | undefined;
  momentumType: Tensor["type"] | undefined;
  centred = false;
  exponents: Tensor | undefined;
  stochastic = false;
  inputOffset = 0;
  quantizations = 0;
  readonly #calls: readonly Call[];
  #next = 0;

  constructor({ calls }: Program) {
    this.#calls = calls;
    while (this.#next < calls.length) this.#lower(this.#calls[this.#next++]!);
  }

  /** The next call if it is of that kernel, and is taken then. */
  #take<K extends KernelName>(kernel: K): Words<K> | undefined {
    const call = this.#calls[this.#next];
    if (call?.kernel !== kernel) return undefined;
    this.#next++;
    return (call as CallOf<K>).words as Words<K>;
  }

  #require<K extends KernelName>(call: Call, kernel: K): Words<K> {
    const words = this.#take(kernel);
    if (words === undefined) throw refuse(call, `what follows it is not ${kernel}`);
    return words;
  }

  #layer(call: Call, weights: Tensor, shape: ConvShape): DeviceLayer {
    const known = this.layers.get(weights) ?? { name: call.layer, weights, shape };
    this.layers.set(weights, known);
    return known;
  }

  #quantizer(call: Call, quantizer: Quantizer): Quantizer {
    if (quantizer.fine !== undefined) throw refuse(call, "errors with flags (errorQuantizer=flag) are not exported");
    this.quantizations++;
    if (quantizer.exponents !== undefined) this.exponents = quantizer.exponents;
    return quantizer;
  }

  /** The same of activations and errors, which few recipes round stochastically. */
  #rounding(call: Call, quantizer: Quantizer): Quantizer {
    if (quantizer.stochastic === 1) this.stochastic = true;
    return this.#quantizer(call, quantizer);
  }

  #push(call: Call, own: Omit<DeviceCall, "layer" | "phase">): void {
    this.calls.push({ layer: call.layer, phase: call.phase, ...own });
  }

  #lower(call: Call): void {
    switch (call.kernel) {
      case "int8_input": {
        const { offset, x, count } = call.words;
        this.inputOffset = Number(offset);
        const code = (n: Names) => `eoq_input(image, ${count}, ${n.values(x)});`;
        return this.#push(call, { reads: [], writes: [x], readsImage: true, code, again: code });
      }
      case "int8_conv_forward_activate": {
        const { bias_before, bias_behind, mask } = call.words;
        return this.#forward(call, call.words, [1, bias_before as number, bias_behind as number], mask);
      }
      case "int8_conv_forward_quantize":
        return this.#forward(call, call.words, [0, -1, -1], undefined);
      case "int8_add_bias": {
        const { x, y, count, bias } = call.words, quantizer = this.#rounding(call, call.words.quantizer);
        return this.#push(call, {
          reads: [x],
          writes: [y],
          code: (n) =>
            `eoq_add_bias(at, ${n.values(x)}, ${count}, eoq_scalars[${bias}], ${n.quantizer(quantizer)}, ${
              n.values(y)
            });`,
        });
      }
      case "int8_shortcut": {
        const { x, y, shape } = call.words;
        return this.#push(call, {
          reads: [x],
          writes: [y],
          code: (n) => `eoq_shortcut(${n.shape(shape)}, ${n.values(x)}, ${n.values(y)});`,
        });
      }
      case "int8_residual": {
        const { z, shortcut, scale, bias, y, mask, count } = call.words;
        const quantizer = this.#rounding(call, call.words.quantizer);
        return this.#push(call, {
          reads: [z, shortcut],
          writes: [y, ...mask === undefined ? [] : [mask]],
          code: (n) =>
            `eoq_end_block(at, ${n.values(z)}, ${n.values(shortcut)}, ${count}, eoq_scalars[${scale}], ` +
            `eoq_scalars[${bias}], ${n.quantizer(quantizer)}, ${n.values(y)}, ${n.bytes(mask)});`,
        });
      }
      case "int8_max_pool": {
        const { x, x_mask, y, y_mask, places, shape } = call.words;
        return this.#push(call, {
          reads: [x, ...x_mask === undefined ? [] : [x_mask]],
          writes: [y, ...[y_mask, places].filter((each) => each !== undefined)],
          code: (n) =>
            `eoq_max_pool(${n.shape(shape)}, ${n.values(x)}, ${n.bytes(x_mask)}, ${n.values(y)}, ${n.bytes(y_mask)}, ` +
            `${n.bytes(places)});`,
        });
      }
      case "int8_pool": {
        const { x, reciprocal, bias, y, pixels, c } = call.words;
        const quantizer = this.#rounding(call, call.words.quantizer);
        return this.#push(call, {
          reads: [x],
          writes: [y],
          code: (n) =>
            `eoq_average_pool(at, ${n.values(x)}, ${pixels}, ${c}, ${reciprocal}, eoq_scalars, ${bias}, ` +
            `${n.quantizer(quantizer)}, ${n.values(y)});`,
        });
      }
      case "int8_conv_forward":
        return this.#classify(call, call.words);
      case "int8_loss":
        return this.#loss(call, call.words);
      case "int8_conv_backward_data":
        return this.#backwardData(call, call.words);
      case "int8_conv_backward_data_activate": {
        const { mask, bias_before, bias_behind, dx } = call.words;
        const quantizer = this.#rounding(call, call.words.quantizer);
        return this.#error(call, call.words, {
          ...{ mask, dx, quantizer, before: bias_before as number, behind: bias_behind as number },
        });
      }
      case "int8_conv_backward_data_block": {
        const { mask, bias_before, bias_behind, dx, dr, shortcut, shortcut_behind } = call.words;
        const quantizer = this.#rounding(call, call.words.quantizer);
        return this.#error(call, call.words, {
          ...{ mask, dx, quantizer, before: bias_before as number, behind: bias_behind as number },
          other: { dr, shortcut, behind: shortcut_behind as number },
        });
      }
      case "int8_max_pool_backward": {
        const { dy, places, shape } = call.words, { y, ...words } = this.#require(call, "int8_quantize");
        const quantizer = this.#rounding(call, words.quantizer);
        return this.#push(call, {
          reads: [dy, places],
          writes: [y],
          code: (n) =>
            `eoq_max_pool_error(at, ${n.shape(shape)}, ${n.values(dy)}, ${n.bytes(places)}, ` +
            `${n.quantizer(quantizer)}, ${n.values(y)});`,
        });
      }
      case "int8_residual_backward": {
        const { dy, z, scale, bias, dz, count } = call.words;
        const quantizer = this.#rounding(call, call.words.quantizer);
        return this.#push(call, {
          reads: [dy, z],
          writes: [dz],
          code: (n) =>
            `eoq_end_block_error(at, ${n.values(dy)}, ${n.values(z)}, ${count}, eoq_scalars, ${scale}, ${bias}, ` +
            `eoq_gradients_of_scalars, ${n.quantizer(quantizer)}, ${n.values(dz)});`,
        });
      }
      case "int8_conv_backward_weights":
        return this.#learn(call, call.words);
      case "int8_clear_gradients": {
        const { first, count } = call.words;
        return this.#push(call, {
          reads: [],
          writes: [],
          code: () => `eoq_clear_gradients(eoq_gradients_of_scalars, ${Number(first) / 2}, ${Number(count) / 2});`,
        });
      }
      case "int8_update_scalars": {
        const { biases, scales, stream } = call.words;
        return this.#push(call, {
          reads: [],
          writes: [],
          code: () =>
            "eoq_learn_scalars(at, rate, EOQ_SCALAR_RATE, eoq_scalars, eoq_scalar_momentum, " +
            `eoq_gradients_of_scalars, ${biases}, ${Number(biases) + Number(scales)}, ${stream}u);`,
        });
      }
      default:
        throw refuse(call, "has no counterpart on a device");
    }
  }

  #forward(
    call: Call,
    { x, weights, y, quantizer: words, shape }: Words<"int8_conv_forward_quantize">,
    activation: readonly [relu: number, before: number, behind: number],
    mask: Tensor | undefined,
  ): void {
    const quantizer = this.#rounding(call, words), { outputs, macs } = sizesOf(shape);
    this.#layer(call, weights, shape);
    this.#push(call, {
      reads: [x],
      writes: [y, ...mask === undefined ? [] : [mask]],
      room: { least: 0, most: 4 * outputs, saves: macs },
      ...shape.geometry.kernel > 1 && { patch: patchBytes(shape) },
      macs,
      code: (n) =>
        `eoq_conv(at, ${n.layer(weights)}, ${n.values(x)}, eoq_scalars, ${activation.join(", ")}, ` +
        `${n.quantizer(quantizer)}, ${n.values(y)}, ${n.bytes(mask)}, ${n.patch}, ${n.room});`,
      again: (n) =>
        `eoq_conv_again(at, ${n.layer(weights)}, ${n.values(x)}, eoq_scalars, ${activation.join(", ")}, ` +
        `${n.quantizer(quantizer)}, ${n.values(y)}, ${n.bytes(mask)}, ${n.patch});`,
    });
  }

  #classify(call: Call, { x, weights, bias, biases, y, shape }: Words<"int8_conv_forward">): void {
    const { kernel, height, width, outputs } = shape.geometry;
    if (kernel !== 1 || height * width !== 1 || biases !== outputs) throw refuse(call, "is no classifier of one pixel");
    this.#layer(call, weights, shape);
    this.#push(call, {
      reads: [x],
      writes: [y],
      macs: sizesOf(shape).macs,
      code: (n) =>
        `const int32_t exponent = eoq_classify(${n.layer(weights)}, ${n.values(x)}, eoq_scalars, ${bias}, ` +
        `${n.words(y)});\n  return (eoq_outcome){ ${n.words(y)}, exponent };`,
    });
  }

  #loss(call: Call, { logits, bias, dlogits, classes, ...words }: Words<"int8_loss">): void {
    const quantizer = this.#quantizer(call, words.quantizer);
    if (dlogits === undefined) throw refuse(call, "has no error");
    this.#push(call, {
      reads: [logits],
      writes: [dlogits],
      code: (n) =>
        `eoq_loss(at, ${n.words(logits)}, sum, ${classes}, label, ${n.quantizer(quantizer)}, ` +
        `eoq_gradients_of_scalars, ${bias}, ${n.values(dlogits)});`,
    });
  }

  #backwardData(call: Call, { dy, weights, dx: sums, shape }: Words<"int8_conv_backward_data">): void {
    this.#layer(call, weights, shape);
    const pool = this.#take("int8_pool_backward");
    if (pool === undefined) {
      const { x, y, ...words } = this.#require(call, "int8_quantize");
      if (x !== sums) throw refuse(call, "its sums are not those that are quantized");
      const quantizer = this.#rounding(call, words.quantizer);
      const none = { mask: undefined, before: -1, behind: -1 };
      return this.#error(call, { dy, weights, shape }, { ...none, dx: y, quantizer });
    }
    const { mask, reciprocal, bias, dx, pixels } = pool, quantizer = this.#rounding(call, pool.quantizer);
    this.#push(call, {
      reads: [dy, mask],
      writes: [dx],
      code: (n) =>
        `eoq_average_pool_error(at, ${n.layer(weights)}, ${n.values(dy)}, ${n.bytes(mask)}, ${pixels}, ` +
        `${reciprocal}, eoq_gradients_of_scalars, ${bias}, ${n.quantizer(quantizer)}, ${n.values(dx)});`,
    });
  }

  #error(
    call: Call,
    { dy, weights, shape }: { dy: Tensor; weights: Tensor; shape: ConvShape },
    { mask, dx, quantizer, before, behind, other }: {
      readonly mask: Tensor | undefined;
      readonly dx: Tensor;
      readonly quantizer: Quantizer;
      readonly before: number;
      readonly behind: number;
      readonly other?: { readonly dr: Tensor; readonly shortcut: ConvShape; readonly behind: number };
    },
  ): void {
    const { inputs, macs } = sizesOf(shape);
    this.#layer(call, weights, shape);
    this.#push(call, {
      reads: [dy, ...mask === undefined ? [] : [mask], ...other === undefined ? [] : [other.dr]],
      writes: [dx],
      room: { least: 0, most: 4 * inputs, saves: macs },
      macs,
      code: (n) => {
        const joined = other &&
          `&(const eoq_other){ ${n.values(other.dr)}, ${n.shape(other.shortcut)}, ${other.behind} }`;
        return `eoq_conv_error(at, ${n.layer(weights)}, ${n.values(dy)}, ${n.bytes(mask)}, ${joined ?? "NULL"}, ` +
          `eoq_gradients_of_scalars, ${before}, ${behind}, ${n.quantizer(quantizer)}, ${n.values(dx)}, ${n.room});`;
      },
    });
  }

  #learn(call: Call, { x, dy, fine, shape }: Words<"int8_conv_backward_weights">): void {
    if (fine !== undefined) throw refuse(call, "errors with flags (errorQuantizer=flag) are not exported");
    this.centred = this.#take("int8_centre_gradients") !== undefined;
    const { weights, fraction, momentum, policy, stream } = this.#require(call, "int8_update");
    if (fraction !== undefined) throw refuse(call, "weights of more than 8 stored bits are not exported");
    const { outHeight, outWidth, window, weights: count, macs } = sizesOf(shape);
    if (outHeight * outWidth > MOST_PIXELS) {
      throw refuse(call, `gradients over ${outHeight * outWidth} pixels can pass int32, the limit is ${MOST_PIXELS}`);
    }
    this.policy = policy;
    this.momentumType = momentum.type;
    this.#layer(call, weights, shape).stream = Number(stream);
    const { kernel, height, width, outputs } = shape.geometry, dense = kernel * height * width === 1;
    const words = (n: Names) => `at, rate, ${n.layer(weights)}, ${n.learnt(weights)}, ${n.values(x)}, ${n.values(dy)}`;
    this.#push({ ...call, phase: "update" } as Call, {
      reads: [x, dy],
      writes: [],
      macs,
      ...!dense &&
        { room: { least: 4 * window, most: 4 * (count + outputs), saves: macs, perOutput: 4 * window + KEPT_HEAD } },
      code: (n) => dense ? `eoq_learn_dense(${words(n)});` : `eoq_learn_conv(${words(n)}, ${n.room}, ${n.roomWords});`,
    });
  }
}

/**
 * The calls of a device for a step of one image.
 *
 * @throws {UserError} naming the layer that a device does not run, and why.
 */
export function lower(program: Program): DeviceProgram {
  const { calls, layers, policy, momentumType, ...lowered } = new Lowering(program);
  const { centred, exponents, stochastic, inputOffset, quantizations } = lowered;
  return { calls, layers, policy, momentumType, centred, exponents, stochastic, inputOffset, quantizations };
}
