/**
 * Options that several commands have.
 *
 * @module
 */

/** Threads and instruction-set path: of every command that runs kernels. */
export const MACHINE = ["threads", "isa"] as const;

/** Whether a run that is started several times is one. */
export const RANKS = ["mpi", "none"] as const;

/** How a run's learning rate goes, and what becomes of its images: no experiment varies it by itself. */
export const SCHEDULE_AND_IMAGES = [
  "schedule",
  "decay-at",
  "decay-by",
  "warmup",
  "learning-rate",
  "weight-decay",
  "nesterov",
  "crop",
  "flip",
  "mixup",
  "smoothing",
] as const;

/** What a run trains, and how. */
export const RUN = [
  "method",
  "dataset",
  "data",
  "image-size",
  "model",
  "epochs",
  "images",
  "batch",
  "train-limit",
  "test-limit",
  "validation",
  "seed",
  ...SCHEDULE_AND_IMAGES,
  "average-from",
  "average-every",
  "input",
  "weights",
  "recipe",
  "set",
  "train",
  "classes",
  "config",
] as const;

/** What a command that trains takes. */
export const TRAINING = [
  ...RUN,
  ...MACHINE,
  "ranks",
  "ranks-wait",
  "evaluate-every",
  "trace",
  "trace-every",
  "checkpoint-every",
  "keep",
  "out",
  "resume",
  "overwrite",
  "log",
  "json",
  "quiet",
  "help",
] as const;
