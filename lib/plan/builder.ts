/**
 * Lines up the layers of a plan: each takes the shape that the one before it
 * gives, and one that an image is too small for is named.
 *
 * @module
 */

import {
  type ConvPlan,
  type ImageShape,
  type LayerPlan,
  outputSize,
  type Plan,
  type ShortcutPlan,
  type WindowPlan,
} from "./plan.ts";

/** What a network must fit: the images it sees and the classes it tells apart. */
export interface InputShape extends ImageShape {
  /** Classes to tell apart. */
  readonly classes: number;
}

/** A convolution but for the shape of its input; stride 1 unless given, and padding that keeps the size. */
export interface ConvOptions {
  readonly name: string;
  readonly outputs: number;
  /** Odd, unless the padding is given. */
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
}

/** A plan in the making. */
export class PlanBuilder {
  readonly #model: string;
  readonly #input: InputShape;
  readonly #layers: LayerPlan[] = [];
  /** Output of the last layer. */
  #shape: ImageShape;

  /** @param input images of at least one pixel and channel */
  constructor(model: string, input: InputShape) {
    this.#model = model;
    this.#input = input;
    this.#shape = { height: input.height, width: input.width, channels: input.channels };
  }

  /** A convolution and its ReLU. @throws {RangeError} when its kernel does not fit. */
  conv(options: ConvOptions): this {
    const conv = this.#conv(this.#shape, options);
    return this.#add({ kind: "conv", conv }, shapeBehind(conv));
  }

  /** @throws {RangeError} when the window does not fit. */
  maxPool(name: string, kernel: number, stride: number, padding: number): this {
    const pool = { name, ...this.#shape, kernel, stride, padding };
    this.#check(pool);
    return this.#add({ kind: "max-pool", pool }, { ...outputSize(pool), channels: pool.channels });
  }

  /**
   * A residual block, whose shortcut is the identity unless the shape changes.
   *
   * @throws {RangeError} when a kernel does not fit.
   */
  block(name: string, convs: readonly ConvOptions[], otherwise: "pad" | "projection"): this {
    let shape = this.#shape;
    const branch = convs.map((options) => {
      const conv = this.#conv(shape, { ...options, name: `${name}.${options.name}` });
      shape = shapeBehind(conv);
      return conv;
    });
    const stride = branch.reduce((product, conv) => product * conv.stride, 1);
    const changes = stride !== 1 || shape.channels !== this.#shape.channels;
    const projection = { name: `${name}.projection`, outputs: shape.channels, kernel: 1, stride };
    const shortcut: ShortcutPlan = !changes
      ? { kind: "identity" }
      : otherwise === "pad"
      ? { kind: "pad" }
      : { kind: "projection", conv: this.#conv(this.#shape, projection) };
    return this.#add({ kind: "block", block: { name, convs: branch, shortcut } }, shape);
  }

  averagePool(): this {
    return this.#add({ kind: "average-pool", input: this.#shape }, { ...this.#shape, height: 1, width: 1 });
  }

  flatten(): this {
    const { height, width, channels } = this.#shape;
    return this.#add({ kind: "flatten", input: this.#shape }, {
      height: 1,
      width: 1,
      channels: height * width * channels,
    });
  }

  /** Puts a linear classifier behind the last layer, whose output must be one pixel. */
  build(): Plan {
    const { height, width, channels, classes } = this.#input;
    const classifier = this.#conv(this.#shape, { name: "classifier", outputs: classes, kernel: 1 });
    return { model: this.#model, height, width, channels, classes, layers: this.#layers, classifier };
  }

  #add(layer: LayerPlan, shape: ImageShape): this {
    this.#layers.push(layer);
    this.#shape = shape;
    return this;
  }

  #conv({ height, width, channels }: ImageShape, options: ConvOptions): ConvPlan {
    const { name, outputs, kernel, stride = 1, padding = (kernel - 1) / 2 } = options;
    const conv = { name, height, width, inputs: channels, outputs, kernel, stride, padding };
    this.#check(conv);
    return conv;
  }

  #check({ name, height, width, kernel, padding }: WindowPlan): void {
    if (Math.min(height, width) + 2 * padding >= kernel) return;
    const { height: rows, width: columns } = this.#input;
    throw new RangeError(
      `${this.#model}: images of ${rows}x${columns} pixels are too small: ${name} has a ${kernel}x${kernel} window, ` +
        `${height}x${width} pixels reach it`,
    );
  }
}

function shapeBehind(conv: ConvPlan): ImageShape {
  return { ...outputSize(conv), channels: conv.outputs };
}
