/**
 * The library behind the `eoq` command: build a plan, train it with a method,
 * read the results.
 *
 * @example
 * ```ts
 * import { buildPlan, createNetwork, evaluate, firstImages, loadDataset, openLibrary, train, weightsSha256 } from "./mod.ts";
 *
 * const mnist = await loadDataset("mnist");
 * const plan = buildPlan("resnet-8", mnist);
 * using library = await openLibrary();
 * const network = createNetwork("eoq", { library, plan, batch: 64, seed: 1 });
 * await train({ network, split: firstImages(mnist.train, 640), batch: 64, images: 640, seed: 1 });
 * const test = await evaluate(network, firstImages(mnist.test, 500));
 * console.log(test?.accuracy, await weightsSha256(network.state()));
 * network.close();
 * ```
 *
 * @module
 */

export { type OperationCounts, operationsPerImage } from "./lib/count/operations.ts";
export type { CountSettings } from "./lib/count/settings.ts";
export type { Augmentation, ImageAugmentation } from "./lib/data/augment.ts";
export { type Dataset, firstImages, type Split, splitInMemory } from "./lib/data/dataset.ts";
export type { DataIdentity } from "./lib/data/identity.ts";
export { type DatasetName, DATASETS, loadDataset, type LoadOptions } from "./lib/data/datasets.ts";
export { RunError, UserError } from "./lib/errors.ts";
export { createNetwork, type Method, METHODS } from "./lib/exec/methods.ts";
export {
  type Batch,
  type BatchMetrics,
  type ByteCounts,
  FULL_RATE,
  type Mixup,
  type Network,
  type NetworkOptions,
  type Position,
  type SharedBatch,
  type StateEntry,
  type TensorCounters,
  type TracedStep,
  type ValueCounters,
  type WeightCounters,
} from "./lib/exec/network.ts";
export {
  EOQ_RECIPE,
  type EoqRecipe,
  ERROR_QUANTIZERS,
  EXPONENT_POLICIES,
  GRADIENT_QUANTIZERS,
  INPUT_ENCODINGS,
  type InputEncoding,
  PAPER_RECIPE,
  RECIPES,
  type Rounding,
  ROUNDINGS,
  WEIGHT_BITS,
} from "./lib/exec/recipe.ts";
export { Model, type ModelOptions } from "./lib/model/model.ts";
export type { Prediction } from "./lib/model/prediction.ts";
export type { BuildVariant, BuiltLibrary, Compiler } from "./lib/native/build.ts";
export type { Functions } from "./lib/native/functions.ts";
export type { Group, Messages, Part } from "./lib/native/group.ts";
export type { Kernels } from "./lib/native/kernels.ts";
export { type IsaPath, type IsaReason, type Library, type LibraryOptions, openLibrary } from "./lib/native/library.ts";
export { joinGroup } from "./lib/native/transport.ts";
export type { InputShape } from "./lib/plan/builder.ts";
export { type Architecture, buildPlan, MODELS } from "./lib/plan/models.ts";
export type { Trained } from "./lib/plan/trained.ts";
export type {
  BlockPlan,
  ConvPlan,
  ImageShape,
  LayerPlan,
  MaxPoolPlan,
  Plan,
  ShortcutPlan,
  WindowPlan,
} from "./lib/plan/plan.ts";
export { type Environment, type NoisyAccuracy, parseReport, type Report, type Result } from "./lib/report/run.ts";
export type { Averaging, SavedSums } from "./lib/train/average.ts";
export type { AveragedOutcome } from "./lib/train/averaged.ts";
export type { Accuracies } from "./lib/train/measured.ts";
export type { Checkpoint } from "./lib/train/checkpoint.ts";
export { loadCheckpoint, saveCheckpoint } from "./lib/train/checkpoint_files.ts";
export type { RunConfig } from "./lib/train/config.ts";
export { DEFAULT_SCHEDULE, type Schedule } from "./lib/train/schedule.ts";
export { evaluate, type Evaluation } from "./lib/train/evaluate.ts";
export { train, type TrainOptions } from "./lib/train/loop.ts";
export type { StepMessages } from "./lib/train/messages.ts";
export type { EpochRecord, TrainingState } from "./lib/train/state.ts";
export type { TraceRecord } from "./lib/train/trace.ts";
export { weightsSha256 } from "./lib/train/weights_hash.ts";
