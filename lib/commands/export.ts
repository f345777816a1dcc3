/**
 * `eoq export`: a trained network for other programs.
 *
 * @module
 */

import type { Command, Invocation } from "../cli/command.ts";
import { UserError } from "../errors.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { EXPORT_FORMATS } from "../export/formats.ts";
import type { ExportedFile, ExportFormat } from "../export/format.ts";
import { MODELS } from "../plan/models.ts";

/** Where a checkpoint's network goes when nobody says: beside it. */
function besides(checkpoint: string, { ending }: ExportFormat): string {
  return checkpoint.replace(/(\.checkpoint(\.\d+)?)?$/, "") + ending;
}

/** The place of each file. */
function placed(out: string, { writes }: ExportFormat, files: readonly ExportedFile[]) {
  return files.map(({ name, bytes }) => ({ path: writes === "file" ? out : `${out}/${name}`, bytes }));
}

/** @throws {UserError} naming the first that is there already. */
async function requireFree(paths: readonly string[], overwrite: boolean): Promise<void> {
  for (const path of paths) {
    const there = await Deno.lstat(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (there?.isDirectory) throw new UserError(`--out: ${path} is a folder`);
    if (there !== undefined && !overwrite) {
      throw new UserError(`--out: ${path} is there already; --overwrite replaces it`);
    }
  }
}

/** What tells an untrained network: a checkpoint knows it. */
const UNTRAINED = ["dataset", "classes", "seed", "input", "recipe", "set"] as const;

/** The checkpoint of a file, or of a run of the model that has not begun. */
async function openCheckpoint(invocation: Invocation): Promise<{ checkpoint: Checkpoint; classes?: number }> {
  const { argument, given, values } = invocation, known = MODELS.get(argument);
  const told = UNTRAINED.find((option) => given.has(option));
  if (known === undefined) {
    if (told !== undefined) throw new UserError(`--${told}: the checkpoint has its own`);
    const { loadCheckpoint } = await import("../train/checkpoint_files.ts");
    return { checkpoint: await loadCheckpoint(argument) };
  }
  const { initialState } = await import("../train/state.ts");
  const { chooseConfig } = await import("./training/choose_config.ts");
  const { methods, seeds: _seeds, trainLimit: _train, testLimit: _test, ...rest } = await chooseConfig(invocation);
  const images = { trainImages: 1, testImages: 0 };
  const config = { ...rest, ...images, method: methods[0]!, model: argument, batch: 1 };
  return {
    checkpoint: { config, state: initialState(), entries: [] },
    classes: values.classes ?? known.shape.classes,
  };
}

/** The command. */
export const EXPORT: Command = {
  name: "export",
  summary: "write a trained network for other programs: ONNX, numpy, PyTorch",
  operands: [{ placeholder: "FILE|MODEL", values: [...MODELS.keys()] }],
  options: ["format", "out", "image", ...UNTRAINED, "train", "ram", "overwrite", "help"],
  choices: { format: [...EXPORT_FORMATS.keys()] },
  fallbacks: { format: "onnx", out: null },
  placeholders: { out: "FILE" },
  helps: {
    format: `what is written: ${[...EXPORT_FORMATS.keys()].join(", ")}`,
    out: "where it goes (default: beside the checkpoint, under its name)",
    image: "rows, columns and channels of the images (default: those of the run's dataset)",
    dataset: "the images of a MODEL, which decide their shape, input and recipe",
    seed: "fixes the initial weights and the rounding of a MODEL",
    train: "layers that learn on a device, for the format c: all, classifier, or last:N; the others lie in flash",
  },
  description:
    "Reads a checkpoint and writes its last weights, and what is needed to use them, in a format of other programs; or " +
    "the initial weights of a MODEL. " +
    "docs/export.md says what is exact in each, and how to load it.",
  list: { title: "Formats", rows: [...EXPORT_FORMATS].map(([name, { about }]) => [name, about] as const) },
  examples: [
    "eoq export results/eoq.checkpoint",
    "eoq export results/eoq.checkpoint --format npz --out weights.npz",
    "eoq export lenet --format c --ram 256K --out lenet-c",
    "eoq export runs/bn-fp32-resnet-20-cifar10-s1/bn-fp32.checkpoint --overwrite",
  ],

  async run(invocation) {
    const { openShown } = await import("../cli/open_library.ts");
    const { print } = await import("../cli/print.ts");
    const { inputShapeOf } = await import("../export/input_shape.ts");
    const { ensureWritable, writeAtomically } = await import("../package/atomic_files.ts");
    const { VERSION } = await import("../report/version.ts");
    const { formatCount } = await import("../terminal/format.ts");
    const { weightsSha256 } = await import("../train/weights_hash.ts");
    const { dirname } = await import("node:path");
    const { restoreNetwork } = await import("./training/run_method.ts");
    const { makeNetwork, makePlan, requireTrained } = await import("./training/setup.ts");
    const { values, argument } = invocation;
    const format = EXPORT_FORMATS.get(values.format)!;
    const opened = await openCheckpoint(invocation);
    const out = values.out ?? besides(argument, format);
    if (format.writes === "file") await requireFree([out], values.overwrite);
    const { config, data } = opened.checkpoint;
    const shape = inputShapeOf(opened.checkpoint, values.image);
    const plan = makePlan(config.model, { ...shape, classes: opened.classes ?? shape.classes });
    requireTrained(plan, values.train);
    using library = await openShown({});
    const network = makeNetwork({ library, plan }, { ...config, batch: 1 });
    try {
      const fresh = opened.classes !== undefined;
      const checkpoint = fresh ? { ...opened.checkpoint, entries: network.state() } : opened.checkpoint;
      if (!fresh) restoreNetwork(network, checkpoint, argument);
      const sha256 = await weightsSha256(checkpoint.entries);
      const write = await format.load();
      const files = placed(
        out,
        format,
        await write(
          { checkpoint, network, library, classNames: data?.classes, weightsSha256: sha256, version: VERSION },
          { ram: values.ram, train: values.train },
        ),
      );
      await requireFree(files.map(({ path }) => path), values.overwrite);
      for (const { path, bytes } of files) {
        await ensureWritable(dirname(path));
        await writeAtomically(path, bytes);
        print(`${path}: ${formatCount(bytes.byteLength)} bytes`);
      }
      print(`${config.method}, ${config.model} on ${config.dataset}, weights ${sha256.slice(0, 12)}`);
    } finally {
      network.close();
    }
  },
};
