/**
 * Which layer and phase a call of the kernels belongs to. A convolution is
 * known by its geometry, whatever the order in which a network runs those of a
 * block; a norm's and a bias' parameters by the handle they had on the way
 * forward; any other call belongs to the layer of the one before it, but for
 * those below. Two max pools of a plan must differ in their geometry.
 *
 * @module
 */

import type { Phase } from "../../lib/count/kinds.ts";
import type { Geometry } from "../../lib/native/conv_shape.ts";
import { convolutions, type ConvPlan, type MaxPoolPlan, type Plan } from "../../lib/plan/plan.ts";

/**
 * The arguments of a call by their name in the header: handles and numbers. In
 * the place of `shape` stand its sizes, in that of another shape its name with
 * theirs.
 */
export type Arguments = Readonly<Record<string, number>>;

/** Where a call belongs. */
export interface Place {
  readonly layer: string;
  readonly phase: Phase;
}

const CONV_WITH_WEIGHTS = /conv_(forward|backward_data)/;

/** What is learnt among a kernel's arguments. */
const LEARNT: readonly (readonly [RegExp, readonly string[]])[] = [
  [CONV_WITH_WEIGHTS, ["weights"]],
  [/fp32_batchnorm_relu_(forward|inference)/, ["gamma", "beta"]],
  [/int8_batchnorm_(forward|inference)/, ["norm"]],
  [/fp32_bias_forward/, ["bias"]],
];
/** The same of those that find their layer by it. */
const FOUND_BY: readonly (readonly [RegExp, string])[] = [
  [/fp32_batchnorm_relu_backward/, "gamma"],
  [/int8_batchnorm_backward/, "norm"],
  [/int8_update$|sgd_step/, "weights"],
];

function sameGeometry(plan: Geometry, { h, w, c, k, kernel, stride, pad }: Arguments): boolean {
  const { height, width, inputs, outputs, padding } = plan;
  return h === height && w === width && c === inputs && k === outputs && kernel === plan.kernel &&
    stride === plan.stride && pad === padding;
}

function takeFirst<T>(list: T[], matches: (each: T) => boolean): T | undefined {
  const at = list.findIndex(matches);
  return at < 0 ? undefined : list.splice(at, 1)[0];
}

/** Tells where the calls of one step after another belong. */
export class Attribution {
  readonly #convs: readonly ConvPlan[];
  /** Name of a block's last convolution of the branch, by each of the block's convolutions. */
  readonly #joins = new Map<string, string>();
  readonly #joinOrder: readonly string[];
  /** Name of a block's first convolution, by each of the branch's. */
  readonly #firsts = new Map<string, string>();
  readonly #projections = new Set<ConvPlan>();
  /** First convolutions of blocks whose shortcut is padded. */
  readonly #changing: ConvPlan[] = [];
  readonly #maxPools: readonly MaxPoolPlan[];
  readonly #learnt = new Map<unknown, string>();
  /** Convolutions that are yet to run forward, and yet to have their gradient. */
  #ahead: ConvPlan[] = [];
  #behind: ConvPlan[] = [];
  #joinsLeft!: string[];
  #layer = "input";
  #phase: Phase = "forward";

  constructor(plan: Plan) {
    this.#convs = convolutions(plan);
    this.#maxPools = plan.layers.flatMap((layer) => layer.kind === "max-pool" ? [layer.pool] : []);
    const blocks = plan.layers.flatMap((layer) => layer.kind === "block" ? [layer.block] : []);
    for (const { convs, shortcut } of blocks) {
      const own = shortcut.kind === "projection" ? [...convs, shortcut.conv] : convs;
      if (shortcut.kind === "projection") this.#projections.add(shortcut.conv);
      if (shortcut.kind === "pad") this.#changing.push(convs[0]!);
      for (const { name } of own) this.#joins.set(name, convs.at(-1)!.name);
      for (const { name } of convs) this.#firsts.set(name, convs[0]!.name);
    }
    this.#joinOrder = blocks.map(({ convs }) => convs.at(-1)!.name);
    this.start();
  }

  /** Begins a step. */
  start(): void {
    this.#ahead = [...this.#convs];
    this.#behind = this.#convs.toReversed();
    this.#joinsLeft = this.#joinOrder.toReversed();
    this.#layer = "input";
    this.#phase = "forward";
  }

  /** Takes the step's next call. */
  place(name: string, args: Arguments): Place {
    const update = /_update|sgd_step|_centre_/.test(name);
    this.#layer = this.#layerOf(name, args);
    for (const [pattern, names] of LEARNT) {
      if (pattern.test(name)) { for (const each of names) this.#learnt.set(args[each], this.#layer); }
    }
    const place = { layer: this.#layer, phase: update ? "update" as const : this.#phase };
    if (/loss|softmax/.test(name)) this.#phase = "backward";
    return place;
  }

  #layerOf(name: string, args: Arguments): string {
    if (CONV_WITH_WEIGHTS.test(name)) return this.#convolution(args);
    if (/conv_backward_weights/.test(name)) {
      return takeFirst(this.#behind, (conv) => sameGeometry(conv, args))!.name;
    }
    const found = FOUND_BY.find(([pattern]) => pattern.test(name));
    if (found !== undefined) {
      return this.#learnt.get(args[found[1]]) ?? "scalars";
    }
    if (/fp32_bias_backward/.test(name)) return this.#convs.at(-1)!.name;
    if (/update_scalars/.test(name)) return "scalars";
    if (/from_uint8/.test(name)) return "input";
    if (/int8_shortcut/.test(name)) return this.#shortcutOf(args).name;
    if (/fp32_shortcut_forward/.test(name)) return this.#firsts.get(this.#layer.replace(".norm", ""))!;
    if (/loss|softmax/.test(name)) return "loss";
    // A norm has a line of its own, whatever it is fused with.
    if (/batchnorm/.test(name)) return `${this.#layer}.norm`;
    if (/max_pool/.test(name)) return this.#poolOf(args).name;
    if (/_pool/.test(name)) return "average-pool";
    // The bias before a block is its first convolution's, the sum at its end its last one's.
    if (/add_bias/.test(name)) return this.#ahead[0]!.name;
    if (/int8_residual_backward/.test(name)) return this.#joinsLeft.shift()!;
    if (/fixup_(relu|residual)_backward/.test(name)) {
      return this.#behind.find((conv) => !this.#projections.has(conv))!.name;
    }
    if (/int8_residual/.test(name)) return this.#joins.get(this.#layer)!;
    return this.#layer;
  }

  /** The first convolution of the block that changes an input of this height, width and channels. */
  #shortcutOf({ h, w, c }: Arguments): ConvPlan {
    return this.#changing.find(({ height, width, inputs }) => h === height && w === width && c === inputs)!;
  }

  #poolOf(args: Arguments): MaxPoolPlan {
    return this.#maxPools.find((pool) =>
      sameGeometry({ ...pool, inputs: pool.channels, outputs: pool.channels }, args)
    )!;
  }

  /** The convolution of these weights, known by its geometry when they are first seen. */
  #convolution(args: Arguments): string {
    const known = this.#learnt.get(args.weights);
    return takeFirst(this.#ahead, (conv) => known === undefined ? sameGeometry(conv, args) : conv.name === known)
      ?.name ?? known!;
  }
}
