/**
 * What an int8 network learns, and the momentum it learns with.
 *
 * @module
 */

import { ConvShape } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import { Tensor } from "../../native/tensor.ts";
import { type BlockPlan, convolutions, type ConvPlan, type Plan } from "../../plan/plan.ts";
import type { ConvBiases, FixupLayout } from "../fixup.ts";
import type { StateEntry } from "../network.ts";
import type { EoqRecipe } from "../recipe.ts";
import { entryOf, restoreEntries, type StateTensor } from "../state.ts";
import type { InitialWeights } from "./initialize.ts";
import { NormParameters } from "./norm_parameters.ts";
import { SCALE_EXPONENT } from "./number.ts";
import { setUpdatePolicy } from "./update_policy.ts";

/** One convolution's weights (KRSC int8), what is stored beside them, and momentum (int32, 24 bits used). */
export interface ConvParameters {
  readonly conv: ConvPlan;
  readonly shape: ConvShape;
  readonly weights: Tensor;
  /** Low bits of the stored weights, uint8 or int16; absent where 8 bits are stored. */
  readonly fraction: Tensor | undefined;
  readonly momentum: Tensor;
  /** The number that keys this tensor's random bits. */
  readonly stream: number;
  /** Whether its gradients have each output channel's mean taken off. */
  readonly centredGradients: boolean;
}

/** Type of the bits stored below the steps of a weight, by its stored bits. */
const FRACTION_TYPES = { 8: undefined, 16: "uint8", 24: "int16" } as const;

/** What an int8 network's parameters start from. */
export interface ParameterOptions {
  readonly recipe: EoqRecipe;
  /** Images whose gradients are summed. */
  readonly batch: number;
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

/** All parameters of an int8 network. */
export class Parameters {
  readonly recipe: EoqRecipe;
  readonly layout: FixupLayout;
  readonly scalars: Tensor;
  readonly scalarMomentum: Tensor;
  readonly #convs: ReadonlyMap<ConvPlan, ConvParameters>;
  readonly #norms: ReadonlyMap<ConvPlan, NormParameters>;
  readonly #entries: StateTensor[];

  constructor(library: Kernels, plan: Plan, { recipe, batch, initial, layout, norms = [] }: ParameterOptions) {
    this.recipe = recipe;
    const fractionType = FRACTION_TYPES[recipe.weightBits];
    const all = convolutions(plan).map((conv, stream): ConvParameters => {
      const { values, exponent } = found(initial.get(conv), conv.name);
      const weights = new Tensor(library, "int8", values.length);
      weights.write(values);
      weights.exponent = exponent;
      const momentum = new Tensor(library, "int32", values.length);
      setUpdatePolicy(library, momentum, recipe, batch);
      return {
        conv,
        shape: new ConvShape(library, conv),
        weights,
        fraction: fractionType && new Tensor(library, fractionType, values.length),
        momentum,
        stream,
        centredGradients: recipe.centredGradients,
      };
    });
    this.#convs = new Map(all.map((each) => [each.conv, each]));
    this.#norms = new Map(norms.map((conv, i) => [conv, new NormParameters(library, conv, all.length + 1 + i)]));
    this.layout = layout;
    const count = this.layout.biases + this.layout.scales;
    this.scalars = new Tensor(library, "int16", count);
    this.scalars.write(new Int16Array(count).fill(2 ** -SCALE_EXPONENT, this.layout.biases));
    this.scalarMomentum = new Tensor(library, "int64", count);
    setUpdatePolicy(library, this.scalarMomentum, recipe, batch);
    const shape = (conv: ConvPlan) => [conv.outputs, conv.kernel, conv.kernel, conv.inputs];
    this.#entries = [
      ...all.flatMap(({ conv, weights, fraction }) => [
        { name: `${conv.name}.weights`, tensor: weights, shape: shape(conv), weights: true },
        ...fraction === undefined
          ? []
          : [{ name: `${conv.name}.fraction`, tensor: fraction, shape: shape(conv), weights: true }],
      ]),
      { name: "scalars", tensor: this.scalars, shape: [count], weights: true },
      ...all.map(({ conv, momentum }) => ({
        name: `${conv.name}.momentum`,
        tensor: momentum,
        shape: shape(conv),
        weights: false,
      })),
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
