/**
 * The folder that a stream's checkpoints and report go to.
 *
 * @module
 */

import type { Invocation } from "../../cli/command.ts";
import { ensureWritable } from "../../package/atomic_files.ts";
import { sha256Text } from "../../package/sha256.ts";
import { weightsSha256 } from "../../train/weights_hash.ts";
import { claimFolder, type OpenFolder, requireElsewhere } from "../training/out_folder.ts";
import type { Base, Variant } from "./learners.ts";
import type { Source } from "./source.ts";

/** The folder, with `{method}`, `{model}`, `{dataset}`, `{seed}` and `{config}` filled in: no two streams share it. */
export async function learnFolder(
  { values: { out, seed, train } }: Invocation,
  { checkpoint: { config, entries } }: Base,
  { description, folder }: Source,
  { learningRate, variants }: { readonly learningRate: number | undefined; readonly variants: readonly Variant[] },
): Promise<string> {
  const how = variants.map(({ batch, statistics, file }) => [batch, statistics, file]);
  const fixed = JSON.stringify([
    await weightsSha256(entries),
    description,
    folder,
    learningRate ?? null,
    train ?? null,
    how,
  ]);
  const words: Record<string, string> = {
    ...{ method: config.method, model: config.model, dataset: description.source, seed: `${seed}` },
    config: (await sha256Text(fixed)).slice(0, 8),
  };
  return out.replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
}

/** Opens it. @throws {UserError} when it cannot be written, or as {@linkcode claimFolder}. */
export async function openLearnFolder(
  folder: string,
  variants: readonly Variant[],
  bases: readonly Base[],
  { resume, overwrite }: Invocation["values"],
): Promise<OpenFolder> {
  await ensureWritable(folder);
  const paths = variants.map(({ file }) => `${folder}/${file}`);
  for (const { path } of bases) await requireElsewhere(path, "learnt from", paths);
  return await claimFolder(folder, paths, { resume, overwrite });
}
