/**
 * Runs a training step a call at a time, and writes down what each call read
 * and wrote: a file for each content of each tensor, once.
 *
 * @module
 */

import { RunError, writeError } from "../errors.ts";
import type { Call, Executable, SlotValues } from "../native/program.ts";
import { type Tensor, TYPE_BYTES } from "../native/tensor.ts";
import { npyBytes } from "../arrays/npy.ts";
import type { GoldenCall, IntegerType, Operand, TensorState } from "./manifest.ts";
import type { Int8Kernel } from "./shapes.ts";
import {
  callShape,
  constantsOf,
  policyOf,
  quantizerOf,
  shiftOf,
  type SortedWords,
  sortWords,
  type TensorWord,
} from "./words.ts";

/** A file and how many elements it holds. */
interface WrittenFile {
  readonly name: string;
  readonly count: number;
}

/** A tensor on its way through the step. */
interface Followed {
  readonly number: number;
  /** Writes of the step so far. */
  version: number;
  /** What the file of this version holds; absent before it is written. */
  file: WrittenFile | undefined;
  /** Whether the last write left nothing that is defined. */
  undefinedContents: boolean;
}

/** What a step was written into. */
export interface Written {
  readonly calls: readonly GoldenCall[];
  readonly files: number;
  readonly bytes: number;
}

const product = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function typeOf({ type }: Tensor): IntegerType {
  if (type === "fp32" || type === "fp64") throw new TypeError(`a step of integers has no ${type}`);
  return type;
}

/** Writes the tensors of a step below a folder. */
export class StepDump {
  readonly #folder: string;
  readonly #tensors = new Map<Tensor, Followed>();
  #files = 0;
  #bytes = 0;

  /** @param folder what there is already */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs all calls. @throws {UserError | RunError} naming the file that cannot be written. */
  async write(executable: Executable, slots: SlotValues): Promise<Written> {
    const calls: GoldenCall[] = [];
    for (const [index, call] of executable.program.calls.entries()) {
      calls.push(await this.#call(call, index, slots, () => executable.run(slots, index, index + 1)));
    }
    return { calls, files: this.#files, bytes: this.#bytes };
  }

  async #call(call: Call, index: number, slots: SlotValues, run: () => void): Promise<GoldenCall> {
    const words = sortWords(call, slots);
    const before = new Map<string, TensorState>(), after = new Map<string, TensorState>();
    for (const each of words.tensors) if (each.kind !== "out") before.set(each.word, await this.#state(each, index));
    run();
    const written = words.tensors.filter(({ kind }) => kind !== "in");
    for (const { tensor, shape } of written) this.#rewritten(tensor, shape === undefined);
    for (const each of written) if (each.shape !== undefined) after.set(each.word, await this.#state(each, index));
    return describe(call, index, words, (each) => ({
      kind: each.kind,
      tensor: this.#follow(each.tensor).number,
      type: typeOf(each.tensor),
      shape: each.shape!,
      ...(before.has(each.word) && { before: before.get(each.word)! }),
      ...(after.has(each.word) && { after: after.get(each.word)! }),
    }));
  }

  #follow(tensor: Tensor): Followed {
    const followed = this.#tensors.get(tensor) ??
      { number: this.#tensors.size, version: 0, file: undefined, undefinedContents: false };
    this.#tensors.set(tensor, followed);
    return followed;
  }

  #rewritten(tensor: Tensor, undefinedContents: boolean): void {
    const followed = this.#follow(tensor);
    followed.version++;
    followed.file = undefined;
    followed.undefinedContents = undefinedContents;
  }

  /** The tensor as it is, in a file that is written if it is not there yet. */
  async #state({ tensor, shape, word }: TensorWord, index: number): Promise<TensorState> {
    const followed = this.#follow(tensor), type = typeOf(tensor), count = product(shape!);
    if (followed.undefinedContents) throw new RunError(`call ${index} reads ${word}, which the call before left open`);
    const file = followed.file ?? await this.#file(followed, tensor, shape!);
    followed.file = file;
    if (file.count < count) {
      throw new RunError(`call ${index} reads ${count} elements of ${word}, of which ${file.count} were set`);
    }
    const hasRange = type === "int8" || type === "int32";
    return { file: file.name, exponent: tensor.exponent, ...(hasRange && { range: tensor.range }) };
  }

  async #file({ number, version }: Followed, tensor: Tensor, shape: readonly number[]): Promise<WrittenFile> {
    const type = typeOf(tensor), count = product(shape);
    const words = type === "bits" ? Math.ceil(count / 64) : count;
    const elements = tensor.read(new Uint8Array(words * (type === "bits" ? 8 : TYPE_BYTES[type])));
    const name = `tensor${number}.${version}.npy`, path = `${this.#folder}/${name}`;
    const bytes = npyBytes(type, type === "bits" ? [words] : shape, elements);
    try {
      await Deno.writeFile(path, bytes);
    } catch (error) {
      throw writeError(path, error);
    }
    this.#files++;
    this.#bytes += bytes.length;
    return { name, count };
  }
}

function describe(
  { kernel, layer, phase }: Call,
  index: number,
  words: SortedWords,
  operandOf: (each: TensorWord) => Operand,
): GoldenCall {
  const { shapes, slots, tensors } = words;
  const operands = Object.fromEntries(
    tensors.filter(({ shape }) => shape !== undefined).map((each) => [each.word, operandOf(each)]),
  );
  const quantizer = quantizerOf(words), policy = policyOf(words);
  const shift = shiftOf(kernel as Int8Kernel, operands);
  return {
    index,
    layer,
    phase,
    kernel: kernel as Int8Kernel,
    operands,
    constants: constantsOf(words),
    ...(slots.size > 0 && { slots: Object.fromEntries(slots) }),
    ...(shapes.size > 0 && {
      shapes: Object.fromEntries([...shapes].map(([word, { geometry }]) => [word, callShape(geometry)])),
    }),
    ...(quantizer && { quantizer: { ...quantizer, ...(shift !== undefined && { shift }) } }),
    ...(policy && { policy }),
  };
}
