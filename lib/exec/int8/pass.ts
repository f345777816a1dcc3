/**
 * An int8 network's layers with their activations for batches of up to a size,
 * and the programs of their calls: one pass for training, one for inference,
 * over the same parameters.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import type { Lane } from "../../native/lanes.ts";
import type { Arena, MemoryPlan } from "../../native/memory.ts";
import { type Executable, type Program, Recorder, type SlotValues } from "../../native/program.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import { firstTrained, type Trained } from "../../plan/trained.ts";
import type { Batch, BatchMetrics } from "../network.ts";
import { type StepKey, StepPrograms } from "../step_programs.ts";
import { Head, TrainingHead } from "./head.ts";
import type { Layer, TrainingLayer, TrainingSource } from "./layer.ts";
import type { MethodLayers } from "./layers.ts";
import type { Parameters } from "./parameters.ts";
import { InferenceRoom, type Room, type RoomOptions } from "./room.ts";
import { TrainingRoom } from "./training_room.ts";
import { updateScalars } from "./update.ts";

/** What a pass is made of. */
export interface PassOptions extends Omit<RoomOptions, "recipe"> {
  /** Runs the programs. */
  readonly library: Kernels;
  readonly plan: Plan;
  readonly parameters: Parameters;
  readonly layers: MethodLayers;
  /** What is taken off a byte, see `inputOffset`. */
  readonly inputOffset: number;
  /** Which layers a training step updates; all if absent. */
  readonly train?: Trained;
}

/** The images on their way in: what the first layer reads. */
class Input implements TrainingSource {
  readonly output: Tensor;
  readonly relu = undefined;
  readonly #library: Kernels;
  readonly #bytes: Tensor;
  readonly #elements: number;
  readonly #offset: number;

  constructor(room: Room, { height, width, channels }: Plan, offset: number) {
    this.#library = room.library;
    this.#elements = height * width * channels;
    this.#offset = offset;
    this.#bytes = room.own("uint8", room.batch * this.#elements);
    this.output = room.tensor("int8", this.#elements);
  }

  /** Where the images are written. */
  get bytes(): Tensor {
    return this.#bytes;
  }

  /** Copies `count` images in, from image `first` of the batch on. */
  load({ images }: Batch, first: number, count: number): void {
    const size = this.#elements;
    this.#bytes.write(images.subarray(first * size, (first + count) * size) as Uint8Array<ArrayBuffer>);
  }

  forward(count: number): void {
    const words = { images: this.#bytes, offset: this.#offset, x: this.output, count: count * this.#elements };
    this.#library.call("int8_input", words, { layer: "input", phase: "forward" });
  }
}

/** The parts of a pass. */
interface Parts<R extends Room, H extends Head> {
  readonly recorder: Recorder;
  readonly room: R;
  readonly input: Input;
  readonly layers: readonly Layer[];
  readonly head: H;
}

/** Forward through a network. */
class Pass<R extends Room = Room, H extends Head = Head> {
  readonly room: R;
  protected readonly head: H;
  protected readonly input: Input;
  protected readonly programs: StepPrograms;
  readonly #layers: readonly Layer[];

  constructor(library: Kernels, { recorder, room, input, layers, head }: Parts<R, H>) {
    this.room = room;
    this.#layers = layers;
    this.head = head;
    this.input = input;
    const record = (key: StepKey) => this.record(key);
    this.programs = new StepPrograms({ library, recorder, record, largest: room.batch });
  }

  /** Makes the calls of a pass over such a batch. */
  protected record(key: StepKey): void {
    this.input.forward(key.count);
    for (const layer of this.#layers) layer.forward(key.count);
    this.head.forward(key);
  }

  /** The calls for a batch of `count` images that are not mixed. */
  program(count: number): Program {
    return this.programs.record({ count, mixed: false });
  }

  /** Where the planned tensors lie. */
  get memory(): MemoryPlan {
    return this.programs.memory;
  }

  /** Gives the planned tensors their places; no program runs before. @throws {RunError} when memory is short. */
  place(arena: Arena): void {
    this.programs.place(arena);
  }

  /** Bytes that are held while its programs run on one thread. */
  get byteLength(): number {
    return this.programs.bytes + this.room.byteLength;
  }

  /** Copies `count` images of a batch in, from its image `first` on; gives their program. */
  load(batch: Batch, first: number, count: number): Executable {
    this.input.load(batch, first, count);
    return this.programs.of({ count, mixed: this.head.load(batch, first, count) });
  }

  /** Values of the slots that are the batch's. */
  get slots(): SlotValues {
    return this.head.slots;
  }

  /** What the batch came to, once its program has run. */
  metrics(count: number): BatchMetrics {
    return this.head.metrics(count);
  }

  /** Its logits, in nats, once its program has run forward. */
  logits(count: number): Float64Array<ArrayBuffer> {
    return this.head.logits(count);
  }

  /** Frees the native memory. */
  close(): void {
    this.programs.close();
    this.room.close();
  }
}

/**
 * A pass of inference: of one image. Activations take their exponents from what stands together, so what a network
 * says of an image would else depend on its neighbours. By itself, it is what a training step at batch 1 computes.
 */
export class InferencePass extends Pass<InferenceRoom> {
  constructor(options: Omit<PassOptions, "batch">) {
    const { library, plan, parameters, inputOffset } = options;
    const recorder = new Recorder(library);
    const room = new InferenceRoom({ ...options, batch: 1, library: recorder, recipe: parameters.recipe });
    const input = new Input(room, plan, inputOffset);
    const { layers, last } = options.layers.inference(room, parameters, input, plan.layers);
    super(library, { recorder, room, input, layers, head: new Head(room, parameters, last, plan) });
  }

  /** Takes note of how the classes of a batch count, see {@linkcode Pass.slots}. */
  target(batch: Batch): void {
    this.head.target(batch);
  }

  /** Its program with what an image brings in, bytes and classes, and what it leaves: metrics and logits. */
  lane(key: StepKey): Lane {
    const { head, input, programs } = this;
    return { executable: programs.of(key), inputs: [input.bytes, ...head.targets(key.mixed)], outputs: head.outputs };
  }
}

/** What a pass of training is made of. */
export interface TrainingPassOptions extends PassOptions {
  /** Most images of a batch over all processes that train together; those of this one when absent. */
  readonly whole?: number;
  /** Whether there are others. */
  readonly shared?: boolean;
}

/**
 * A pass of training: forward, backward as far as layers are trained, and the updates of what is. The layers below are
 * those of inference: they leave nothing for the way back.
 */
export class TrainingPass extends Pass<TrainingRoom, TrainingHead> {
  readonly #parameters: Parameters;
  readonly #frozen: InferenceRoom;
  readonly #trained: readonly TrainingLayer[];

  constructor(options: TrainingPassOptions) {
    const { library, plan, parameters, inputOffset, train = "all" } = options;
    const { recipe, seed, layout } = parameters;
    const recorder = new Recorder(library);
    const scalars = layout.biases + layout.scales;
    const room = new TrainingRoom({ ...options, library: recorder, recipe, scalars, seed });
    const input = new Input(room, plan, inputOffset);
    const first = firstTrained(plan, train), frozen = new InferenceRoom({ ...options, library: recorder, recipe });
    const below = options.layers.inference(frozen, parameters, input, plan.layers.slice(0, first));
    const source: TrainingSource = { output: below.last.output, relu: undefined };
    const { layers, last } = options.layers.training(room, parameters, source, plan.layers.slice(first));
    const head = new TrainingHead(room, parameters, last, plan);
    super(library, { recorder, room, input, layers: [...below.layers, ...layers], head });
    this.#parameters = parameters;
    this.#frozen = frozen;
    this.#trained = layers;
  }

  protected override record(key: StepKey): void {
    const { library, quantizers, gradients } = this.room, { count } = key;
    quantizers.start();
    super.record(key);
    let error: Tensor | undefined = this.head.backward(count, "even");
    for (const [i, layer] of this.#trained.toReversed().entries()) {
      if (error !== undefined) error = layer.backward(count, error, i % 2 === 0 ? "odd" : "even");
    }
    updateScalars(library, this.#parameters, gradients);
    this.room.updateAll();
  }

  override close(): void {
    super.close();
    this.#frozen.close();
  }
}
