/**
 * An exported network on this machine: compiled with every warning an error and
 * every access watched, and told what to do as driver.c says.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { createNetwork } from "../../../lib/exec/methods.ts";
import type { Batch, Network } from "../../../lib/exec/network.ts";
import { EOQ_RECIPE, type EoqRecipe, type InputEncoding } from "../../../lib/exec/recipe.ts";
import { writeC } from "../../../lib/export/c/write.ts";
import type { ExportedFile } from "../../../lib/export/format.ts";
import type { Library } from "../../../lib/native/library.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import type { Trained } from "../../../lib/plan/trained.ts";
import type { Checkpoint } from "../../../lib/train/checkpoint.ts";
import type { RunConfig } from "../../../lib/train/config.ts";
import { DEFAULT_SCHEDULE } from "../../../lib/train/schedule.ts";
import { initialState } from "../../../lib/train/state.ts";
import { path, run } from "../../native/compile.ts";

/** What is exported. */
export interface DeviceRun {
  readonly plan: Plan;
  readonly recipe?: Partial<EoqRecipe>;
  readonly nesterov?: boolean;
  readonly input?: InputEncoding;
  readonly ram?: number;
  readonly train?: Trained;
  readonly onRepeated?: (what: string) => void;
  readonly onGivenUp?: (what: string) => void;
}

/** Keys initial weights and rounding. */
export const SEED = 3;

export function recipeOf({ recipe = {} }: DeviceRun): EoqRecipe {
  return { ...EOQ_RECIPE, ...recipe };
}

/** The network that the exported one must equal. */
export function hostNetwork(library: Library, device: DeviceRun): Network {
  const { plan, input = "half", nesterov = false, train } = device;
  const own = { library, plan, batch: 1, seed: SEED, recipe: recipeOf(device), nesterov, input };
  return createNetwork("eoq", { ...own, ...train && { train } });
}

/** The checkpoint of a network; `steps` that it has done. */
export function checkpointOf(device: DeviceRun, network: Network, steps = 0): Checkpoint {
  const { plan, input = "half", nesterov = false } = device;
  const config = {
    ...{
      method: "eoq",
      model: plan.model,
      dataset: "mnist",
      data: null,
      imageSize: null,
      trainImages: 1,
      testImages: 0,
    },
    ...{ validationImages: 0, batch: 1, epochs: 1, images: null, seed: SEED, schedule: DEFAULT_SCHEDULE, warmup: 0 },
    ...{ learningRate: 1, weightDecay: null, augmentation: { crop: 0, padding: 0, flip: false, mixup: false } },
    ...{ smoothing: 0, average: null, input, recipe: recipeOf(device), nesterov },
  } as RunConfig;
  return { config, state: { ...initialState(), step: steps, images: steps }, entries: network.state() };
}

/** The files of a network as it is, or as it was trained. */
export async function exported(library: Library, device: DeviceRun, trained?: { network: Network; steps: number }) {
  const network = trained?.network ?? hostNetwork(library, device);
  try {
    const checkpoint = checkpointOf(device, network, trained?.steps);
    const facts = { classNames: undefined, weightsSha256: "", version: "0" };
    return await writeC({ checkpoint, network, library, ...facts }, device);
  } finally {
    if (trained === undefined) network.close();
  }
}

/** Writes files below a folder. */
export async function writeFiles(files: readonly ExportedFile[], folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/boards`, { recursive: true });
  for (const { name, bytes } of files) await Deno.writeFile(`${folder}/${name}`, bytes);
}

/** Every warning that the sources must not give. */
export const WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror"];
const WATCHED = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** Compiles a file of this folder with an exported network. */
export async function build(folder: string): Promise<string> {
  const program = `${folder}/driver`;
  const sources = [`${folder}/eoq_model.c`, path("../export/c/driver.c")];
  const { code, stderr } = await run(Deno.env.get("CC") || "cc", [
    ...WARNINGS,
    ...WATCHED,
    `-I${folder}`,
    ...sources,
    "-o",
    program,
  ]);
  assertEquals(code, 0, stderr);
  return program;
}

/** What an exported network is told to do. */
export class Script {
  readonly #parts: Uint8Array[] = [];

  learn({ images, labels }: Batch, rate: number): void {
    this.#add(
      "L",
      new Uint8Array(Int16Array.of(labels[0]!).buffer),
      new Uint8Array(Uint32Array.of(rate).buffer),
      images,
    );
  }

  predict({ images }: Batch): void {
    this.#add("P", images);
  }

  restore(): void {
    this.#add("S");
  }

  hash(): void {
    this.#add("H");
  }

  #add(operation: string, ...parts: readonly Uint8Array[]): void {
    this.#parts.push(new TextEncoder().encode(operation), ...parts.map((part) => part.slice()));
  }

  /** Runs it. @param state what the network starts from, if not its own weights */
  async run(program: string, state?: Uint8Array): Promise<string[]> {
    const command = new Deno.Command(program, {
      args: state === undefined ? [] : ["state"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    const child = command.spawn();
    const writer = child.stdin.getWriter();
    const write = async () => {
      for (const part of [...state === undefined ? [] : [state], ...this.#parts]) await writer.write(part);
      await writer.close();
    };
    const [output] = await Promise.all([child.output(), write().catch(() => {})]);
    const stderr = new TextDecoder().decode(output.stderr);
    const lines = new TextDecoder().decode(output.stdout).trim().split("\n");
    assertEquals([output.code, stderr], [0, ""], lines.at(-1));
    return lines;
  }
}
