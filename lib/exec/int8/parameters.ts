/**
 * What an int8 network learns, and the momentum it learns with.
 *
 * @module
 */

import { ConvShape } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import { Tensor } from "../../native/tensor.ts";
import type { UpdatePolicy } from "../../native/words.ts";
import { type BlockPlan, convolutions, type ConvPlan, type Plan } from "../../plan/plan.ts";
import { type ConvBiases, type FixupLayout, fixupLayout } from "../fixup.ts";
import type { StateEntry } from "../network.ts";
import { type EoqRecipe, PAPER_RECIPE } from "../recipe.ts";
import { entryOf, restoreEntries, type StateTensor, weightsOf } from "../state.ts";
import type { InitialWeights } from "./initialize.ts";
import { NORM_EXPONENT, SCALE_EXPONENT } from "./number.ts";

/** Weights in the widest sense, what is stored beside them, and how they are updated. */
export interface Learnt {
  /** The layer that they are of. */
  readonly layer: string;
  /** int8. */
  readonly weights: Tensor;
  /** Low bits of the stored weights, uint8 or int16; absent where 8 bits are stored. */
  readonly fraction: Tensor | undefined;
  /** int32, 24 bits used, or int16; absent where they are frozen. */
  readonly momentum: Tensor | undefined;
  readonly policy: UpdatePolicy;
  /** Keys random bits, together with the stream and the step. */
  readonly seed: number;
  /** The number that keys this tensor's random bits. */
  readonly stream: number;
}

/** Those of one convolution, KRSC. */
export interface ConvParameters extends Learnt {
  readonly conv: ConvPlan;
  readonly shape: ConvShape;
  /** Whether its gradients have each output channel's mean taken off. */
  readonly centredGradients: boolean;
}

/** Type of the bits stored below the steps of a weight, by its stored bits. */
const FRACTION_TYPES = { 8: undefined, 16: "uint8", 24: "int16" } as const;

/** Type of the momentum, by its bits. */
const MOMENTUM_TYPES = { 16: "int16", 24: "int32" } as const;

/** Steps of the running statistics. */
const RUNNING_EXPONENT = -20;

/** What an int8 network's parameters start from. */
export interface ParameterOptions {
  /** Keys the random bits of a training step. */
  readonly seed: number;
  readonly recipe: EoqRecipe;
  /** Images whose gradients are summed. */
  readonly batch: number;
  /** Whether momentum is Nesterov's; heavy ball if absent. */
  readonly nesterov?: boolean;
  /** Convolutions that do not learn, nor do the norms behind them; none if absent. */
  readonly frozen?: readonly ConvPlan[];
  readonly initial: ReadonlyMap<ConvPlan, InitialWeights>;
  readonly layout: FixupLayout;
  /** Convolutions with batch norm behind them. */
  readonly norms?: readonly ConvPlan[];
}

/** A value that a plan has. @throws {RangeError} naming what it has not. */
export function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new RangeError(`${name} is not in the plan`);
  return value;
}

/** The scalars of a network without norm: all biases, those of the classifier among them, then Fixup's multipliers. */
export function scalarLayout(plan: Plan): FixupLayout {
  return fixupLayout(plan, plan.classes);
}

/** Where batch norm takes the place of Fixup's scalars: the biases of the classifier alone. */
export function classifierLayout(plan: Plan): FixupLayout {
  return { convs: new Map(), blocks: new Map(), pool: -1, classifier: 0, biases: plan.classes, scales: 0 };
}

/** How weights are updated by the recipe. Gradients are sums over `batch` images. */
function updatePolicy(recipe: EoqRecipe, batch: number, nesterov: boolean): UpdatePolicy {
  return {
    weight_bits: recipe.computeBits,
    gradient_bits: recipe.gradientBits,
    gradient_nearest: Number(recipe.gradientRounding === "nearest"),
    gradient_fixed: Number(recipe.gradientQuantizer === "constant"),
    gradient_exponent: recipe.gradientConstant,
    update_bits: recipe.updateBits,
    update_nearest: Number(recipe.updateRounding === "nearest"),
    momentum_shift: recipe.momentumShift,
    feedback: Number(recipe.errorFeedback),
    nesterov: Number(nesterov),
    decay: decayShift(recipe.weightDecayShift, batch),
  };
}

/** The penalty on a sum over the batch is as many times that on the mean; 0 is none. */
function decayShift(shift: number, batch: number): number {
  return shift === 0 ? 0 : Math.max(1, shift - (31 - Math.clz32(batch)));
}

/** What a norm's parameters are made by. */
interface NormOptions extends Pick<Learnt, "seed" | "stream"> {
  readonly nesterov: boolean;
  readonly frozen: boolean;
}

/** What the batch norm behind a convolution learns, its gammas and betas (2, c), and keeps. */
export class NormParameters implements Learnt {
  readonly channels: number;
  readonly layer: string;
  /** In steps of 2^-6 with 24 bits stored, as weights are. */
  readonly weights: Tensor;
  readonly fraction: Tensor;
  readonly momentum: Tensor | undefined;
  /** As published, without a penalty, but for the momentum's kind. */
  readonly policy: UpdatePolicy;
  readonly seed: number;
  readonly stream: number;
  /** Means and standard deviations (2, c) of inference. */
  readonly running: Tensor;
  readonly entries: readonly StateTensor[];

  constructor(library: Kernels, { name, outputs }: ConvPlan, { seed, stream, frozen, nesterov }: NormOptions) {
    const count = 2 * outputs;
    this.channels = outputs;
    this.layer = `${name}.norm`;
    this.policy = updatePolicy(PAPER_RECIPE, 1, nesterov);
    this.seed = seed;
    this.stream = stream;
    this.weights = new Tensor(library, "int8", count);
    this.weights.write(new Int8Array(count).fill(2 ** -NORM_EXPONENT, 0, outputs));
    this.weights.exponent = NORM_EXPONENT;
    this.fraction = new Tensor(library, "int16", count);
    this.momentum = frozen ? undefined : new Tensor(library, "int32", count);
    this.running = new Tensor(library, "int32", count);
    this.running.write(new Int32Array(count).fill(2 ** -RUNNING_EXPONENT, outputs));
    this.running.exponent = RUNNING_EXPONENT;
    const entry = (suffix: string, tensor: Tensor, weights: boolean): StateTensor => ({
      name: `${this.layer}${suffix}`,
      tensor,
      shape: [2, outputs],
      weights,
    });
    this.entries = [
      entry("", this.weights, true),
      entry(".fraction", this.fraction, true),
      entry(".running", this.running, true),
      ...this.momentum === undefined ? [] : [entry(".momentum", this.momentum, false)],
    ];
  }
}

/** All parameters of an int8 network. */
export class Parameters {
  readonly seed: number;
  readonly recipe: EoqRecipe;
  /** Whether momentum is Nesterov's. */
  readonly nesterov: boolean;
  readonly layout: FixupLayout;
  readonly scalars: Tensor;
  readonly scalarMomentum: Tensor;
  readonly #convs: ReadonlyMap<ConvPlan, ConvParameters>;
  readonly #norms: ReadonlyMap<ConvPlan, NormParameters>;
  readonly #entries: StateTensor[];

  constructor(library: Kernels, plan: Plan, options: ParameterOptions) {
    const { seed, recipe, batch, initial, layout, nesterov = false, norms = [] } = options,
      frozen = new Set(options.frozen);
    this.seed = seed;
    this.recipe = recipe;
    this.nesterov = nesterov;
    const policy = updatePolicy(recipe, batch, nesterov);
    const fractionType = FRACTION_TYPES[recipe.weightBits], momentumType = MOMENTUM_TYPES[recipe.momentumBits];
    const all = convolutions(plan).map((conv, stream): ConvParameters => {
      const { values, exponent } = found(initial.get(conv), conv.name);
      const weights = new Tensor(library, "int8", values.length);
      weights.write(values);
      weights.exponent = exponent;
      return {
        conv,
        layer: conv.name,
        shape: new ConvShape(library, conv),
        weights,
        fraction: fractionType && new Tensor(library, fractionType, values.length),
        momentum: frozen.has(conv) ? undefined : new Tensor(library, momentumType, values.length),
        policy,
        seed,
        stream,
        centredGradients: recipe.centredGradients,
      };
    });
    this.#convs = new Map(all.map((each) => [each.conv, each]));
    this.#norms = new Map(norms.map((conv, i) => {
      const how = { seed, stream: all.length + 1 + i, frozen: frozen.has(conv), nesterov };
      return [conv, new NormParameters(library, conv, how)];
    }));
    this.layout = layout;
    const count = this.layout.biases + this.layout.scales;
    this.scalars = new Tensor(library, "int16", count);
    this.scalars.write(new Int16Array(count).fill(2 ** -SCALE_EXPONENT, this.layout.biases));
    this.scalarMomentum = new Tensor(library, "int64", count);
    const shape = (conv: ConvPlan) => [conv.outputs, conv.kernel, conv.kernel, conv.inputs];
    this.#entries = [
      ...all.flatMap(({ conv, weights, fraction }) => [
        { name: `${conv.name}.weights`, tensor: weights, shape: shape(conv), weights: true },
        ...fraction === undefined
          ? []
          : [{ name: `${conv.name}.fraction`, tensor: fraction, shape: shape(conv), weights: true }],
      ]),
      { name: "scalars", tensor: this.scalars, shape: [count], weights: true },
      ...all.flatMap(({ conv, momentum: tensor }) =>
        tensor === undefined ? [] : [{ name: `${conv.name}.momentum`, tensor, shape: shape(conv), weights: false }]
      ),
      { name: "scalars.momentum", tensor: this.scalarMomentum, shape: [count], weights: false },
      ...[...this.#norms.values()].flatMap(({ entries }) => entries),
    ];
  }

  /** The number that keys the scalars' random bits: one past the convolutions'. */
  get scalarStream(): number {
    return this.#convs.size;
  }

  /** Those of a convolution of the plan. */
  of(conv: ConvPlan): ConvParameters {
    return found(this.#convs.get(conv), conv.name);
  }

  /** Those of the batch norm behind a convolution that has one. */
  normOf(conv: ConvPlan): NormParameters {
    return found(this.#norms.get(conv), `the norm of ${conv.name}`);
  }

  /** Indices of Fixup's biases around a convolution. */
  biasesOf(conv: ConvPlan): ConvBiases {
    return found(this.layout.convs.get(conv), `biases of ${conv.name}`);
  }

  /** Index of the multiplier at the end of a block's branch. */
  scaleOf(block: BlockPlan): number {
    return found(this.layout.blocks.get(block), `the scale of ${block.name}`);
  }

  /** Has the state keep a further tensor, which is closed with the parameters. */
  add(entry: StateTensor): void {
    this.#entries.push(entry);
  }

  /** See {@linkcode Network.state}. */
  state(): StateEntry[] {
    return this.#entries.map(entryOf);
  }

  /** See {@linkcode Network.restore}. */
  restore(entries: readonly StateEntry[]): void {
    restoreEntries(this.#entries, entries);
  }

  /** See {@linkcode Network.adopt}. */
  adopt(entries: readonly StateEntry[], classifier: string, keepClassifier: boolean): void {
    const adopted = weightsOf(entries, classifier, keepClassifier);
    restoreEntries(
      weightsOf(this.#entries, classifier, keepClassifier),
      keepClassifier ? adopted : adopted.map((entry) => entry.name === "scalars" ? this.#withOwnBiases(entry) : entry),
    );
  }

  /** Another network's scalars with the classifier's biases of this one, which lie in front of the scales. */
  #withOwnBiases(entry: StateEntry): StateEntry {
    const { classifier, biases, scales } = this.layout, size = this.scalars.byteLength / this.scalars.count;
    const own = this.scalars.read(new Uint8Array(this.scalars.byteLength));
    const its = entry.bytes, behind = its.byteLength - size * scales;
    const bytes = Uint8Array.of(
      ...its.subarray(0, size * classifier),
      ...own.subarray(size * classifier, size * biases),
      ...its.subarray(behind),
    );
    return { ...entry, bytes, shape: [bytes.byteLength / size] };
  }

  /** Bytes of the weights and scalars, and of their momentum. */
  bytes(): { parameters: number; optimizer: number } {
    const sum = (weights: boolean) =>
      this.#entries.reduce((bytes, entry) => bytes + (entry.weights === weights ? entry.tensor.byteLength : 0), 0);
    return { parameters: sum(true), optimizer: sum(false) };
  }

  /** Frees the native memory. */
  close(): void {
    for (const { shape } of this.#convs.values()) shape.close();
    for (const { tensor } of this.#entries) tensor.close();
  }
}
