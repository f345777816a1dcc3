/**
 * The tensors of a network and what each is for, so that they can be counted,
 * and freed together with the shapes of its layers and the programs of its
 * calls; and those that are learnt, with their gradients and momenta.
 *
 * @module
 */

import { ConvShape, type Geometry } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import { Arena } from "../../native/memory.ts";
import { Executable, Recorder } from "../../native/program.ts";
import { Tensor, type TensorType } from "../../native/tensor.ts";
import { type StepKey, StepPrograms } from "../step_programs.ts";
import type { Learning, Update } from "./recipe.ts";

/** What a tensor with memory of its own is held for; `evaluation` is no part of a training step. */
export type Purpose = "parameters" | "activations" | "optimizer" | "evaluation";

/** Owner of a network's tensors, and of the programs over them. */
export class Memory {
  /** What layers call: it writes their calls down. */
  readonly recorder: Recorder;
  readonly #library: Kernels;
  readonly #owned: { tensor: Tensor; purpose: Purpose }[] = [];
  readonly #shapes: ConvShape[] = [];
  readonly #programs: { close(): void }[] = [];
  readonly #arena: Arena;
  readonly #plans: boolean;

  /** @param plans whether what flows through a network lies in an arena; else it stays from one program to the next */
  constructor(library: Kernels, plans = true) {
    this.#library = library;
    this.#plans = plans;
    this.recorder = new Recorder(library);
    this.#arena = new Arena(library);
  }

  /** What a step computes on its way: its memory is planned. */
  flow(count: number, type: TensorType = "fp32"): Tensor {
    return this.#plans ? new Tensor(this.#library, type, count, true) : this.tensor("activations", count, type);
  }

  /** A zeroed tensor with memory of its own. @throws {RunError} when memory is short. */
  tensor(purpose: Purpose, count: number, type: TensorType = "fp32"): Tensor {
    const tensor = new Tensor(this.#library, type, count);
    this.#owned.push({ tensor, purpose });
    return tensor;
  }

  /** A shape, held as long as the tensors. */
  shape(geometry: Geometry): ConvShape {
    const shape = new ConvShape(this.#library, geometry);
    this.#shapes.push(shape);
    return shape;
  }

  /** The calls that `body` makes, as a program that is held as long as the tensors. */
  program(body: () => void): Executable {
    const executable = new Executable(this.#library, this.recorder.record(body));
    this.#programs.push(executable);
    return executable;
  }

  /**
   * The same for batches of up to `largest` images, see {@linkcode StepPrograms}.
   *
   * @throws {RunError} when memory is short.
   */
  programs(largest: number, record: (key: StepKey) => void): StepPrograms {
    const programs = new StepPrograms({ library: this.#library, recorder: this.recorder, record, largest });
    this.#programs.push(programs);
    programs.place(this.#arena);
    return programs;
  }

  /** Bytes of the tensors that have memory of their own, by their purpose. */
  bytes(purpose: Purpose): number {
    return this.#owned.reduce((sum, each) => each.purpose === purpose ? sum + each.tensor.byteLength : sum, 0);
  }

  /** Frees every program, shape and tensor. */
  close(): void {
    for (const program of this.#programs.splice(0)) program.close();
    this.#arena.close();
    for (const shape of this.#shapes.splice(0)) shape.close();
    for (const { tensor } of this.#owned.splice(0)) tensor.close();
  }
}

/**
 * Tensors that a pass asks for while its calls are made: the same ones in every recording, by what they belong to.
 */
export class Scratch {
  readonly #memory: Memory;
  readonly #images: number;
  readonly #made = new Map<object, Tensor>();

  /** @param images of the largest batch */
  constructor(memory: Memory, images: number) {
    this.#memory = memory;
    this.#images = images;
  }

  /** That of an owner, of so many elements an image. */
  of(owner: object, elements: number): Tensor {
    return this.#get(owner, this.#images * elements);
  }

  /** One as large as x: that of x itself, as its gradient, or that of another owner. */
  like(x: Tensor, owner: object = x): Tensor {
    return this.#get(owner, x.count);
  }

  #get(owner: object, count: number): Tensor {
    const known = this.#made.get(owner) ?? this.#memory.flow(count);
    this.#made.set(owner, known);
    return known;
  }
}

/** A tensor of the state under the name that checkpoints know. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly tensor: Tensor;
}

/** What a parameter starts as. */
export interface ParameterOptions extends Omit<NamedTensor, "tensor"> {
  /** Layer that its update counts as a part of. */
  readonly layer: string;
  /** Values of the first step, as many as the shape has. */
  readonly initial: Float32Array<ArrayBuffer>;
  readonly learning: Learning;
}

/** What is learnt: a tensor and, unless it is frozen, its gradient and momentum, under SGD. */
export class Parameter implements NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly tensor: Tensor;
  readonly #memory: Memory;
  #gradient: Tensor | undefined;
  #velocity: Tensor | undefined;
  readonly #library: Kernels;
  readonly #layer: string;
  readonly #learning: Learning;

  constructor(memory: Memory, { layer, name, shape, initial, learning }: ParameterOptions) {
    this.name = name;
    this.shape = shape;
    this.#memory = memory;
    this.tensor = memory.tensor("parameters", initial.length);
    this.tensor.write(initial);
    this.#library = memory.recorder;
    this.#layer = layer;
    this.#learning = learning;
  }

  /** Its gradient, made for the first call that asks for it: a frozen parameter has none. */
  get gradient(): Tensor {
    return this.#gradient ??= this.#memory.tensor("optimizer", this.tensor.count);
  }

  /** Its momentum, likewise. */
  get velocity(): Tensor {
    return this.#velocity ??= this.#memory.tensor("optimizer", this.tensor.count);
  }

  /** Applies the gradient. */
  update({ momentum, nesterov, weightDecay, centred }: Update): void {
    const { isWeights, rate } = this.#learning;
    const { count } = this.tensor, k = this.shape[0]!;
    const place = { layer: this.#layer, phase: "update" } as const;
    const words = {
      weights: this.tensor,
      velocity: this.velocity,
      gradient: this.gradient,
      learning_rate: rate,
      momentum,
      decay: isWeights ? weightDecay : 0,
      nesterov: Number(nesterov),
    };
    if (centred && isWeights) this.#library.call("fp32_sgd_step_centered", { ...words, k, length: count / k }, place);
    else this.#library.call("fp32_sgd_step", { ...words, count }, place);
  }
}
