/**
 * `eoq export`: a trained network for other programs.
 *
 * @module
 */

import type { Command, Invocation } from "../cli/command.ts";
import { UserError, writeError } from "../errors.ts";
import { EXPORT_FORMATS } from "../export/formats.ts";
import type { ExportedFile, ExportFormat } from "../export/format.ts";
import { MODELS } from "../plan/models.ts";
import type { InputShape } from "../plan/builder.ts";
import type { Plan } from "../plan/plan.ts";
import { formatCount, shapeText } from "../terminal/format.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import type { RunConfig } from "../train/config.ts";

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
      throw writeError(path, error);
    });
    if (there?.isDirectory) throw new UserError(`--out: ${path} is a folder`);
    if (there !== undefined && !overwrite) {
      throw new UserError(`--out: ${path} is there already; --overwrite replaces it`);
    }
  }
}

/** @throws {UserError} naming an option of other formats, or one that has nothing to do. */
function refuseIdle({ given, values: { format, averaged } }: Invocation): void {
  const own = new Set<string>([...EXPORT_FORMATS.values()].flatMap(({ options }) => options));
  const idle = [...given].find((option) => own.has(option) && !EXPORT_FORMATS.get(format)!.options.includes(option));
  if (idle !== undefined) throw new UserError(`--${idle}: the format ${format} has no use for it`);
  if (given.has("data") && !given.has("calibrate") && !averaged) {
    throw new UserError("--data: images are read for --calibrate and --averaged alone");
  }
}

/** The first training images of a checkpoint's run, as they are. */
async function trainingImages(
  { dataset, data, imageSize }: RunConfig,
  plan: Plan,
  folder: string | undefined,
  count: number,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const { loadDataset } = await import("../data/datasets.ts");
  const options = { imageSize: imageSize ?? undefined };
  const { train, close } = await loadDataset(dataset, folder ?? data ?? undefined, options);
  const [has, takes] = [train.shape, plan].map(shapeText);
  if (has !== takes) throw new UserError(`--calibrate: the images are of ${has}, the network takes ${takes}`);
  const images = Array.from({ length: Math.min(count, train.count) }, (_, i) => train.image(i).slice());
  close?.();
  return images;
}

/** What tells an untrained network: a checkpoint knows it. */
const UNTRAINED = ["dataset", "classes", "seed", "input", "recipe", "set", "nesterov"] as const;

/** What is exported, and what its images are. */
interface Opened {
  readonly checkpoint: Checkpoint;
  readonly shape: InputShape;
  /** Names, where they are known. */
  readonly classNames: readonly string[] | undefined;
  /** Whether the weights are a new network's own. */
  readonly fresh: boolean;
}

/** The checkpoint of a file, or of a run of the model that has not begun. */
async function openCheckpoint(invocation: Invocation): Promise<Opened> {
  const { argument, given, values } = invocation, known = MODELS.get(argument);
  const { factsOf } = await import("../model/facts.ts");
  const told = UNTRAINED.find((option) => given.has(option));
  if (known === undefined) {
    if (told !== undefined) throw new UserError(`--${told}: the checkpoint has its own`);
    const { loadCheckpoint } = await import("../train/checkpoint_files.ts");
    const last = await loadCheckpoint(argument), { shape, classes } = factsOf(last, argument);
    const { averagedCheckpoint } = await import("./training/averaged.ts");
    const checkpoint = values.averaged ? await averagedCheckpoint(last, argument, values) : last;
    return { checkpoint, shape: { ...shape, ...values.image }, classNames: classes, fresh: false };
  }
  if (values.averaged) throw new UserError("--averaged: a model that is not trained has no averaged weights");
  const { traitsOf } = await import("../data/datasets.ts");
  const { initialState } = await import("../train/state.ts");
  const { chooseConfig } = await import("./training/choose_config.ts");
  const { methods, seeds: _seeds, trainLimit: _train, testLimit: _test, ...rest } = await chooseConfig(invocation);
  const images = { trainImages: 1, testImages: 0 };
  const config = { ...rest, ...images, method: methods[0]!, model: argument, batch: 1 };
  const shape = { ...traitsOf(config.dataset).shape ?? known.shape, ...values.image };
  return {
    checkpoint: { config, state: initialState(), entries: [] },
    shape: { ...shape, classes: values.classes ?? known.shape.classes },
    classNames: undefined,
    fresh: true,
  };
}

/** The command. */
export const EXPORT: Command = {
  name: "export",
  summary: "write a trained network for other programs: ONNX, numpy, PyTorch",
  operands: [{ placeholder: "FILE|MODEL", values: [...MODELS.keys()] }],
  options: [
    "format",
    "out",
    "image",
    "averaged",
    ...UNTRAINED,
    "calibrate",
    "data",
    "train",
    "ram",
    "overwrite",
    "help",
  ],
  choices: { format: [...EXPORT_FORMATS.keys()] },
  fallbacks: { format: "onnx", out: null },
  placeholders: { out: "FILE" },
  helps: {
    format: `what is written: ${[...EXPORT_FORMATS.keys()].join(", ")}`,
    data: "folder of the images for --calibrate, and for --averaged with batch norm (default: that of the run)",
    out: "where it goes (default: beside the checkpoint, under its name)",
    image: "rows, columns and channels of the images (default: those of the run's dataset)",
    dataset: "the images of a MODEL, which decide their shape, input and recipe",
    seed: "fixes the initial weights and the rounding of a MODEL",
    train: "layers that learn on a device, for the format c: all, classifier, or last:N; the others lie in flash",
  },
  description:
    "Reads a checkpoint and writes its last weights, or its averaged ones, and what is needed to use them, in a format of other programs; or " +
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
    const { note } = await import("../cli/warn.ts");
    const { ensureWritable, writeAtomically } = await import("../package/atomic_files.ts");
    const { VERSION } = await import("../report/version.ts");
    const { weightsSha256 } = await import("../train/weights_hash.ts");
    const { dirname } = await import("node:path");
    const { networkOf, restoreNetwork } = await import("../train/restore.ts");
    const { makePlan, requireTrained } = await import("./training/setup.ts");
    const { values, argument } = invocation;
    const format = EXPORT_FORMATS.get(values.format)!;
    refuseIdle(invocation);
    const opened = await openCheckpoint(invocation);
    const out = values.out ?? besides(argument, format);
    if (format.writes === "file") await requireFree([out], values.overwrite);
    const { config } = opened.checkpoint, { shape, classNames, fresh } = opened;
    const plan = makePlan(config.model, shape);
    requireTrained(plan, values.train);
    using library = await openShown({});
    const network = networkOf(config, { library, plan, batch: 1 });
    try {
      const checkpoint = fresh ? { ...opened.checkpoint, entries: network.state() } : opened.checkpoint;
      if (!fresh) restoreNetwork(network, checkpoint, argument);
      const sha256 = await weightsSha256(checkpoint.entries);
      const { calibrate, ram, train } = values, write = await format.load();
      const calibration = calibrate !== undefined &&
        { calibration: await trainingImages(config, plan, values.data, calibrate) };
      const trained = { checkpoint, network, library, classNames, weightsSha256: sha256 };
      const onGivenUp = (what: string) => note(`--ram: gave up ${what}`);
      const onRepeated = (what: string) => note(`--ram: computes again on the way back ${what}`);
      const settings = { ...calibration, ram, train, onRepeated, onGivenUp };
      const files = placed(out, format, await write({ ...trained, version: VERSION }, settings));
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
