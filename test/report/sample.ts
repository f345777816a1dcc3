/** A report with round numbers for the tests of its formats. */

import { sampleConfig } from "../train/config.ts";
import type { Report, Result } from "../../lib/report/run.ts";

export function sampleResult(method: Result["method"]): Result {
  return {
    method,
    model: "resnet-8",
    dataset: "mnist",
    batch: 64,
    seed: 1,
    images: 60_000,
    testAccuracy: 0.98314,
    trainImagesPerSecond: 3120.4,
    inferenceImagesPerSecond: 12.34,
    operations: { macs: 37_512_345, adds: 999_960, multiplies: 512, divisions: 0.15625, squareRoots: 0 },
    energy: { model: "horowitz-45nm", joules: 0.000125 },
    bytes: { parameters: 80_281, activations: 12_900_000, optimizer: 240_000 },
    weightsSha256: "0".repeat(64),
    history: [{ epoch: 1, trainLoss: 0.31, trainAccuracy: 0.9 }],
  };
}

export const sampleReport: Report = {
  schemaVersion: 1,
  command: "eoq compare",
  environment: {
    cpu: "A CPU",
    cores: 2,
    arch: "x86_64",
    os: "linux 6",
    isa: { path: "avx2", reason: "detection" },
    threads: 2,
    compiler: null,
    versions: { eoq: "0.1.0", deno: "2.9.6", v8: "15" },
    gitCommit: null,
  },
  config: {
    ...sampleConfig,
    method: ["eoq", "bn-fp32"],
    trainImages: 60_000,
    testImages: 10_000,
    batch: 64,
    epochs: 1,
    seed: 1,
  },
  results: [sampleResult("eoq"), sampleResult("bn-fp32")],
};
