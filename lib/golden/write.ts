/**
 * Writes a training step into a folder: its tensors, then the manifest, so that
 * a folder with a manifest is whole.
 *
 * @module
 */

import { UserError, writeError } from "../errors.ts";
import { FULL_RATE, type Network } from "../exec/network.ts";
import { INT8_KERNELS } from "../native/declarations.ts";
import type { Library } from "../native/library.ts";
import { ensureWritable, writeAtomically } from "../package/atomic_files.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { DEFINITIONS } from "./definitions.ts";
import { StepDump, type Written } from "./dump.ts";
import type { Batches } from "./images.ts";
import { type Manifest, MANIFEST_FORMAT, MANIFEST_VERSION, type StepSource } from "./manifest.ts";

const MANIFEST = "manifest.json";

/** Indented, with each list of numbers in a line. */
function json(manifest: Manifest): string {
  const text = JSON.stringify(manifest, null, 2);
  return text.replace(
    /\[\s+-?\d+(,\s+-?\d+)*\s+\]/g,
    (list) => list.replace(/\s+/g, " ").replace("[ ", "[").replace(" ]", "]"),
  ) + "\n";
}

/** Makes a folder. @throws {UserError} when there is something in it, or it cannot be made. */
export async function ensureEmpty(folder: string): Promise<void> {
  await ensureWritable(folder);
  try {
    for await (const { name } of Deno.readDir(folder)) {
      throw new UserError(`${folder} is not empty: there is ${name} in it`);
    }
  } catch (error) {
    throw error instanceof UserError ? error : writeError(`the folder ${folder}`, error);
  }
}

/** The path that leaves a convolution's sums in memory, whatever follows it. */
const REFERENCE = "scalar";

/**
 * Trains a network up to a step, and writes that one.
 *
 * @param library that of the network
 * @param folder an empty one
 * @throws {UserError | RunError} naming the file that cannot be written.
 */
export async function writeGolden(
  library: Library,
  network: Network,
  batches: Batches,
  source: StepSource,
  folder: string,
): Promise<Written> {
  const { step } = source;
  for (let done = 0; done < step; done++) network.trainStep(batches(done), { step: done, rate: FULL_RATE });
  const { executable, slots } = network.prepareStep(batches(step), { step, rate: FULL_RATE });
  const { isa } = library;
  library.selectIsa(REFERENCE);
  let written;
  try {
    written = await new StepDump(folder).write(executable, slots);
  } finally {
    library.selectIsa(isa);
  }
  const kernels = [...new Set(written.calls.map(({ kernel }) => kernel))].sort();
  const manifest: Manifest = {
    format: MANIFEST_FORMAT,
    formatVersion: MANIFEST_VERSION,
    ...source,
    slots,
    arithmetic: ARITHMETIC,
    kernels: Object.fromEntries(
      kernels.map((kernel) => [kernel, { words: INT8_KERNELS[kernel], definition: DEFINITIONS[kernel] }]),
    ),
    calls: written.calls,
  };
  await writeAtomically(`${folder}/${MANIFEST}`, new TextEncoder().encode(json(manifest)));
  return written;
}
