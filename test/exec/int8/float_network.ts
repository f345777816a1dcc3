/**
 * The network of EOQ without quantizers, in double precision, with its
 * gradients by reverse accumulation: plain loops over the plan.
 */

import { scalarLayout } from "../../../lib/exec/int8/parameters.ts";
import {
  type BlockPlan,
  blockStride,
  branchEnds,
  type ConvPlan,
  type LayerPlan,
  type MaxPoolPlan,
  outputSize,
  type Plan,
  type WindowPlan,
} from "../../../lib/plan/plan.ts";

/** Numbers of the network and the gradient of the summed loss by each. */
export interface Value {
  readonly data: Float64Array;
  readonly gradient: Float64Array;
}

/** A value whose gradient nothing has been added to. */
export function valueOf(data: Float64Array): Value {
  return { data, gradient: new Float64Array(data.length) };
}

/** Each tap of a window that lies on its image: pixel of the output, tap, pixel of the input. */
function forTaps(window: WindowPlan, n: number, visit: (output: number, tap: number, input: number) => void): void {
  const { height, width } = outputSize(window);
  const { kernel, stride, padding } = window;
  for (let output = 0; output < n * height * width; output++) {
    const ox = output % width, oy = Math.floor(output / width) % height, image = Math.floor(output / width / height);
    for (let tap = 0; tap < kernel * kernel; tap++) {
      const y = oy * stride - padding + Math.floor(tap / kernel), x = ox * stride - padding + tap % kernel;
      if (y < 0 || y >= window.height || x < 0 || x >= window.width) continue;
      visit(output, tap, (image * window.height + y) * window.width + x);
    }
  }
}

/** A network in double precision. */
export class FloatNetwork {
  readonly #plan: Plan;
  readonly #weights: ReadonlyMap<string, Value>;
  readonly #scalars: Value;
  readonly #layout;
  readonly #steps: (() => void)[] = [];
  readonly #n: number;

  /** @param weights by the names of the convolutions */
  constructor(plan: Plan, weights: ReadonlyMap<string, Value>, scalars: Value, n: number) {
    this.#plan = plan;
    this.#weights = weights;
    this.#scalars = scalars;
    this.#layout = scalarLayout(plan);
    this.#n = n;
  }

  /** The summed cross-entropy of the images; adds to the gradients of all weights and scalars. */
  run(images: Float64Array, labels: ArrayLike<number>): number {
    const { classifier, classes } = this.#plan;
    const features = this.#plan.layers.reduce((x, layer) => this.#layer(x, layer), valueOf(images));
    const products = this.#conv(features, classifier);
    const logits = this.#map(products, (i) => {
      const scalar = this.#layout.classifier + i % classes;
      return { value: products.data[i]! + this.#scalars.data[scalar]!, slope: 1, scalar, scalarSlope: 1 };
    });
    let loss = 0;
    for (let image = 0; image < this.#n; image++) {
      const row = logits.data.subarray(image * classes, (image + 1) * classes);
      const total = row.reduce((sum, each) => sum + Math.exp(each), 0);
      row.forEach((each, k) => logits.gradient[image * classes + k] = Math.exp(each) / total);
      logits.gradient[image * classes + labels[image]!]! -= 1;
      loss += Math.log(total) - row[labels[image]!]!;
    }
    for (const step of this.#steps.toReversed()) step();
    return loss;
  }

  #layer(x: Value, layer: LayerPlan): Value {
    switch (layer.kind) {
      case "conv":
        return this.#relu(this.#bias(this.#conv(x, layer.conv), this.#layout.convs.get(layer.conv)!.output));
      case "block":
        return this.#block(x, layer.block);
      case "max-pool":
        return this.#maxPool(x, layer.pool);
      case "average-pool": {
        const { height, width, channels } = layer.input;
        return this.#bias(this.#averagePool(x, height * width, channels), this.#layout.pool);
      }
      case "flatten":
        return x;
    }
  }

  #block(x: Value, block: BlockPlan): Value {
    const { first, last } = branchEnds(block);
    const u = this.#bias(x, this.#layout.convs.get(first)!.input);
    let y = u;
    for (const conv of block.convs) {
      const { input, output } = this.#layout.convs.get(conv)!;
      if (conv !== first) y = this.#bias(this.#relu(y), input);
      y = this.#conv(y, conv);
      if (conv === last) y = this.#scale(y, this.#layout.blocks.get(block)!);
      y = this.#bias(y, output);
    }
    const { shortcut } = block;
    if (shortcut.kind === "identity") return this.#relu(this.#add(y, x));
    return this.#relu(this.#add(y, shortcut.kind === "pad" ? this.#pad(u, block) : this.#conv(u, shortcut.conv)));
  }

  #conv(x: Value, conv: ConvPlan): Value {
    const { inputs, outputs, kernel } = conv;
    const { height, width } = outputSize(conv);
    const w = this.#weights.get(conv.name)!;
    const y = valueOf(new Float64Array(this.#n * height * width * outputs));
    const visit = (each: (yi: number, wi: number, xi: number) => void) =>
      forTaps(conv, this.#n, (output, tap, input) => {
        for (let k = 0; k < outputs; k++) {
          for (let c = 0; c < inputs; c++) {
            each(output * outputs + k, (k * kernel * kernel + tap) * inputs + c, input * inputs + c);
          }
        }
      });
    visit((yi, wi, xi) => y.data[yi]! += w.data[wi]! * x.data[xi]!);
    this.#steps.push(() =>
      visit((yi, wi, xi) => {
        w.gradient[wi]! += y.gradient[yi]! * x.data[xi]!;
        x.gradient[xi]! += y.gradient[yi]! * w.data[wi]!;
      })
    );
    return y;
  }

  /** Element by element: the value, its slope, and the slope by a scalar that it may depend on. */
  #map(
    x: Value,
    at: (i: number) => { value: number; slope: number; scalar?: number; scalarSlope?: number },
  ): Value {
    const results = Array.from(x.data, (_, i) => at(i));
    const y = valueOf(Float64Array.from(results, ({ value }) => value));
    this.#steps.push(() =>
      results.forEach(({ slope, scalar, scalarSlope }, i) => {
        x.gradient[i]! += slope * y.gradient[i]!;
        if (scalar !== undefined) this.#scalars.gradient[scalar]! += scalarSlope! * y.gradient[i]!;
      })
    );
    return y;
  }

  #bias(x: Value, scalar: number): Value {
    const bias = this.#scalars.data[scalar]!;
    return this.#map(x, (i) => ({ value: x.data[i]! + bias, slope: 1, scalar, scalarSlope: 1 }));
  }

  #scale(x: Value, scalar: number): Value {
    const scale = this.#scalars.data[scalar]!;
    return this.#map(x, (i) => ({ value: x.data[i]! * scale, slope: scale, scalar, scalarSlope: x.data[i]! }));
  }

  #relu(x: Value): Value {
    return this.#map(x, (i) => ({ value: Math.max(0, x.data[i]!), slope: x.data[i]! > 0 ? 1 : 0 }));
  }

  /** y whose elements are sums of elements of x, each times `share`. */
  #gather(x: Value, count: number, pairs: readonly (readonly [y: number, x: number])[], share = 1): Value {
    const y = valueOf(new Float64Array(count));
    for (const [to, from] of pairs) y.data[to]! += share * x.data[from]!;
    this.#steps.push(() => pairs.forEach(([to, from]) => x.gradient[from]! += share * y.gradient[to]!));
    return y;
  }

  #add(a: Value, b: Value): Value {
    const sum = this.#map(a, (i) => ({ value: a.data[i]! + b.data[i]!, slope: 1 }));
    this.#steps.push(() => sum.gradient.forEach((each, i) => b.gradient[i]! += each));
    return sum;
  }

  #averagePool(x: Value, pixels: number, channels: number): Value {
    const pairs = Array.from(
      x.data,
      (_, i) => [Math.floor(i / pixels / channels) * channels + i % channels, i] as const,
    );
    return this.#gather(x, this.#n * channels, pairs, 1 / pixels);
  }

  #pad(x: Value, block: BlockPlan): Value {
    const { first, last } = branchEnds(block);
    const picked = { ...first, kernel: 1, stride: blockStride(block), padding: 0 };
    const { height, width } = outputSize(picked);
    const pairs: [number, number][] = [];
    forTaps(picked, this.#n, (output, _, input) => {
      for (let c = 0; c < first.inputs; c++) pairs.push([output * last.outputs + c, input * first.inputs + c]);
    });
    return this.#gather(x, this.#n * height * width * last.outputs, pairs);
  }

  #maxPool(x: Value, pool: MaxPoolPlan): Value {
    const { height, width } = outputSize(pool);
    const found: number[] = Array(this.#n * height * width * pool.channels).fill(-1);
    forTaps(pool, this.#n, (output, _, input) => {
      for (let c = 0; c < pool.channels; c++) {
        const y = output * pool.channels + c, from = input * pool.channels + c;
        if (found[y] === -1 || x.data[from]! > x.data[found[y]!]!) found[y] = from;
      }
    });
    return this.#gather(x, found.length, found.map((from, y) => [y, from] as const));
  }
}
