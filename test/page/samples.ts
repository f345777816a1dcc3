/** Result files of every kind, small and with round numbers. */

import type { BenchReport } from "../../lib/report/bench.ts";
import type { LearnReport, LearnResult } from "../../lib/report/learn.ts";
import type { Source } from "../../lib/report/read.ts";
import type { PaperReport } from "../../lib/report/paper.ts";
import type { Environment, Report, Result } from "../../lib/report/run.ts";
import { sampleOps } from "../ops/sample.ts";
import { sampleReport, sampleResult } from "../report/sample.ts";

/** A machine like that of the samples but for what is given. */
export function machine(changes: Partial<Environment> = {}): Environment {
  return { ...sampleReport.environment, gitCommit: "a".repeat(40), ...changes };
}

/** A run of two epochs, the second of which is tested. */
export function trained(method: Result["method"], changes: Partial<Result> = {}): Result {
  return {
    ...sampleResult(method),
    images: 120_000,
    history: [
      { epoch: 1, trainLoss: 0.31, trainAccuracy: 0.9, testAccuracy: 0.95, seconds: 19.25 },
      { epoch: 2, trainLoss: 0.25, trainAccuracy: 0.925, testAccuracy: 0.98314, seconds: 38.5 },
    ],
    ...changes,
  };
}

export function runsReport(changes: Partial<Report> = {}): Report {
  return {
    ...sampleReport,
    environment: machine(),
    config: { ...sampleReport.config, epochs: 2 },
    results: [trained("eoq"), trained("bn-fp32", { testAccuracy: 0.9875 })],
    ...changes,
  };
}

/** A cell of small-batch that has been trained. */
function cell(method: Result["method"], batch: number, testAccuracy: number): PaperReport["cells"][number] {
  const report = runsReport();
  const result = trained(method, { batch, testAccuracy });
  return {
    name: `${method}_${batch}_s1`,
    command: "eoq train",
    status: "finished",
    message: null,
    date: "2026-01-01T00:00:00.000Z",
    result: {
      ...report,
      config: { ...report.config, method: [method], batch },
      results: [{ ...result, history: [...result.history] }],
    },
  };
}

/** What every report of a paper experiment says. */
function paper(changes: Pick<PaperReport, "experiment" | "cells" | "comparisons">): PaperReport {
  return {
    schemaVersion: 1,
    scale: "tiny",
    budget: "resnet-8; 2 x 60000 training images; seed 1",
    command: `eoq paper ${changes.experiment}`,
    date: "2026-01-01T00:00:00.000Z",
    environment: machine(),
    complete: true,
    ...changes,
  };
}

export const smallBatchReport = paper({
  experiment: "small-batch",
  cells: [cell("bn-fp32", 1, 0.21), cell("bn-fp32", 8, 0.91), cell("eoq", 1, 0.895), cell("eoq", 8, 0.9)],
  comparisons: [{
    what: "bn-fp32, 1",
    unit: "% test accuracy",
    published: 22.74,
    source: "a paper",
    ours: 21,
    deviation: null,
    n: 1,
  }],
});

export const isometryReport = paper({
  experiment: "isometry",
  comparisons: [],
  cells: (["bn", "none", "fixup", "centred"] as const).map((norm, i) => ({
    ...cell("eoq", 1, 0.5),
    name: `resnet-8_${norm}`,
    result: {
      norm,
      model: "resnet-8",
      seeds: [1, 2],
      probes: 2,
      batch: 8,
      environment: machine(),
      blocks: [1, 2, 3].map((block) => ({
        block: `block${block}`,
        phi: 1 + i / 4,
        spread: 0.125,
        standardError: null,
        expected: 1.25,
        gradient: 10 ** (i * (3 - block)),
      })),
    },
  })),
});

const measured = { isa: "avx2", threads: 1, mad: 0.5, samples: 9 };

/** A rate with an interval of a tenth around it. */
function estimate(median: number): Pick<BenchReport["rows"][number], "median" | "interval"> {
  return { median, interval: [0.9 * median, 1.1 * median] };
}

export const benchReport: BenchReport = {
  schemaVersion: 2,
  benchmark: "step",
  command: "eoq bench step",
  environment: machine({ threads: 1 }),
  images: "cifar10",
  peaks: [{ arithmetic: "int8", ...measured, ...estimate(200), unit: "GMAC/s" }],
  rows: [
    ["eoq", "eoq", "train-step", "resnet-8 batch 1", 400, "images/s"] as const,
    ["eoq", "bn-fp32", "train-step", "resnet-8 batch 1", 250, "images/s"] as const,
    ["OpenBLAS", "fp32", "forward", "GEMM 1024x16x144", 40, "GMAC/s"] as const,
    ["eoq", "int8", "forward", "GEMM 1024x16x144", 80, "GMAC/s"] as const,
  ].map(([subject, variant, phase, shape, median, unit]) => ({
    ...{ ...measured, ...estimate(median), subject, variant, phase, unit, shape: `${variant} ${shape}` },
    ...{ batch: 1, percentOfPeak: 40 },
  })),
  ratios: [{
    phase: "train-step",
    shape: "resnet-8 batch 1",
    of: { subject: "eoq", variant: "eoq", isa: "avx2", threads: 1 },
    to: { subject: "eoq", variant: "bn-fp32", isa: "avx2", threads: 1 },
    ...estimate(1.625),
    pairs: 9,
  }],
  warnings: [{ kind: "noisy-machine", message: "train-step eoq scatters", hint: "close other programs" }],
  bandwidth: [],
  bounds: [{
    ...{ method: "eoq", phase: "train-step", batch: 1, isa: "avx2", threads: 1 },
    ...{ computeMilliseconds: 0.5, memoryMilliseconds: 0.25, boundMilliseconds: 0.625, measuredMilliseconds: 2.5 },
  }],
  breakdowns: [{
    ...{ method: "eoq", batch: 1, isa: "avx2", threads: 1, outside: 0.25, reruns: 0.0625 },
    layers: ["stem", "classifier"].map((layer) => ({
      layer,
      milliseconds: {
        ...{ forward: 0.5, "backward-data": 0.25, "backward-weights": 0.5 },
        ...{ update: 0.125, elementwise: 0.125, loss: 0 },
      },
    })),
  }],
  memory: [],
  noise: null,
  peers: [],
  missingModes: [],
  missing: [],
};

/** The same work on another machine, twice as fast on twice the threads. */
export const otherBench: BenchReport = {
  ...benchReport,
  environment: machine({ cpu: "Another CPU", cores: 64, threads: 2 }),
  peaks: [],
  rows: benchReport.rows.slice(0, 2).map((row) => ({ ...row, threads: 2, ...estimate(2 * row.median) })),
};

/** A learner whose accuracy rises from point to point. */
function learnt(method: LearnResult["method"], changes: Partial<LearnResult> = {}): LearnResult {
  return {
    ...{ method, model: "resnet-8", dataset: "mnist", batch: 1, learningRate: 0.25, train: "all", images: 300 },
    statistics: method === "bn-fp32" ? "batch" : null,
    ...{ accuracy: 0.5, last1000: 0.5, last100: 0.75, imagesPerSecond: 1250, diverged: false },
    bytes: { parameters: 80_281, activations: 129_000, optimizer: 240_000 },
    from: "1".repeat(64),
    weightsSha256: "2".repeat(64),
    curve: [100, 200, 300].map((images, i) => ({
      images,
      accuracy: 0.25 + i / 8,
      last100: 0.25 + i / 4,
      last1000: 0.375,
    })),
    ...changes,
  };
}

export const learnReport: LearnReport = {
  schemaVersion: 1,
  command: "eoq learn eoq.checkpoint --dataset mnist --rotate 90",
  environment: machine(),
  stream: {
    ...{ source: "mnist", split: "test", order: "seeded", seed: 1, only: null },
    change: { rotate: 90, shift: [0, 0], from: 100 },
  },
  skipped: { broken: 0, unknown: 0 },
  learners: [learnt("eoq"), learnt("bn-fp32"), learnt("bn-fp32", { statistics: "running" })],
};

/** Every kind of file. */
export const sources: readonly Source[] = [
  { kind: "runs", file: "a/results.json", watts: undefined, document: runsReport() },
  { kind: "paper", file: "small/report.json", watts: undefined, document: smallBatchReport },
  { kind: "paper", file: "isometry/report.json", watts: undefined, document: isometryReport },
  { kind: "bench", file: "step.json", watts: 50, document: benchReport },
  { kind: "bench", file: "other.json", watts: undefined, document: otherBench },
  { kind: "learn", file: "learn.json", watts: undefined, document: learnReport },
  { kind: "ops", file: "ops.json", watts: undefined, document: sampleOps },
];
