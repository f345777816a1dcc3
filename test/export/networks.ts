/** Networks to export, and what their own inference makes of an image, call by call. */

import { createNetwork, type Method } from "../../lib/exec/methods.ts";
import { FULL_RATE, type Network } from "../../lib/exec/network.ts";
import type { EoqRecipe, InputEncoding } from "../../lib/exec/recipe.ts";
import { randomBatches } from "../../lib/golden/images.ts";
import { sortWords } from "../../lib/golden/words.ts";
import type { Library } from "../../lib/native/library.ts";
import { type Call, Executable } from "../../lib/native/program.ts";
import type { Tensor } from "../../lib/native/tensor.ts";
import type { Plan } from "../../lib/plan/plan.ts";

/** A network that has done a few steps. */
export interface TrainedRun {
  readonly plan: Plan;
  readonly method: Method;
  readonly recipe?: Partial<EoqRecipe>;
  readonly input?: InputEncoding;
}

const SEED = 3, STEPS = 8, BATCH = 4;

/** Trains on random images. */
export function trained(library: Library, { plan, method, recipe = {}, input = "half" }: TrainedRun): Network {
  const network = createNetwork(method, { library, plan, batch: BATCH, seed: SEED, recipe, input });
  const batches = randomBatches(plan, BATCH, SEED);
  for (let step = 0; step < STEPS; step++) network.trainStep(batches(step), { step, rate: FULL_RATE });
  return network;
}

/** An int8 activation of one image, or its logits. */
export interface Result {
  readonly layer: string;
  readonly kernel: string;
  /** In the order of the library: rows, columns, channels. */
  readonly values: readonly number[];
  readonly exponent: number;
}

/** Names of the tensors that calls write have in a graph: a layer's first is `y`, its next `y_2`. */
export function namesOf(results: readonly Result[]): string[] {
  const counts = new Map<string, number>();
  return results.map(({ layer }) => {
    const count = (counts.get(layer) ?? 0) + 1;
    counts.set(layer, count);
    return count === 1 ? `${layer}/y` : `${layer}/y_${count}`;
  });
}

/** Words that calls have under these names. */
type Named = { readonly [name in "images" | "logits"]?: Tensor };

const wordsOf = ({ words }: Call): Named => words as unknown as Named;

/** A network's calls of inference, ready to run. */
export class Inference {
  readonly #executable: Executable;
  readonly #images: Tensor;
  readonly #logits: Tensor;
  readonly #classes: number;

  constructor(library: Library, network: Network) {
    const { calls } = network.programs(1).inference[0]!.program, loss = calls.at(-1)!;
    this.#executable = new Executable(library, { calls: calls.slice(0, -1) });
    this.#images = wordsOf(calls[0]!).images!;
    this.#logits = wordsOf(loss).logits!;
    this.#classes = network.plan.classes;
  }

  /** Runs all calls but the loss, on one image. @returns what each call wrote as int8, and at the end the logits */
  run(image: Uint8Array<ArrayBuffer>): Result[] {
    const results: Result[] = [];
    const keep = (layer: string, kernel: string, tensor: Tensor, shape: readonly number[]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      results.push({ layer, kernel, values: valuesOf(tensor, count), exponent: tensor.exponent });
    };
    this.#images.write(image);
    for (const [i, call] of this.#executable.program.calls.entries()) {
      const { layer, kernel } = call;
      this.#executable.run({}, i, i + 1);
      if (!kernel.startsWith("int8_")) continue;
      const written = sortWords(call, {}).tensors.find(({ kind, tensor }) => kind === "out" && tensor.type === "int8");
      if (written !== undefined) keep(layer, kernel, written.tensor, written.shape!);
    }
    keep("loss", "logits", this.#logits, [this.#classes]);
    return results;
  }

  close(): void {
    this.#executable.close();
  }
}

function valuesOf(tensor: Tensor, count: number): number[] {
  if (tensor.type === "int8") return [...tensor.read(new Int8Array(count))];
  if (tensor.type === "int32") return [...tensor.read(new Int32Array(count))];
  return [...tensor.read(new Float32Array(count))];
}
