/**
 * `eoq eval`: the accuracy of a checkpoint, and of its averaged weights if it has any.
 *
 * @module
 */

import { noisySplit } from "../data/noise.ts";
import { RunError, UserError } from "../errors.ts";
import { commandLine } from "../terminal/command_line.ts";
import { describeEnvironment } from "../report/environment.ts";
import { makeReport, makeResult, reportJson } from "../report/result.ts";
import type { NoisyAccuracy } from "../report/run.ts";
import { WeightAverage } from "../train/average.ts";
import { loadCheckpoint } from "../train/checkpoint_files.ts";
import { evaluate } from "../train/evaluate.ts";
import { measure } from "../train/run.ts";
import type { Invocation } from "../cli/command.ts";
import { Interrupt } from "../cli/interrupt.ts";
import { reportText } from "../cli/output.ts";
import { restoreNetwork } from "./training/run_method.ts";
import { makeNetwork, setupFromConfig } from "./training/setup.ts";

/** Fixes the noise, whatever the seed of the run: all methods and seeds see the same. */
const NOISE_SEED = 1;

/** Runs `eoq eval`. */
export async function run({ values, argument, args }: Invocation): Promise<void> {
  const checkpoint = await loadCheckpoint(argument);
  const { config, state, sums } = checkpoint;
  if (state.images === 0) throw new UserError(`${argument}: its run has not trained on any image yet`);
  using setup = await setupFromConfig(config, values);
  const { library, plan, dataset } = setup;
  const network = makeNetwork(setup, config);
  using interrupt = new Interrupt();
  try {
    restoreNetwork(network, checkpoint, argument);
    const average = sums && new WeightAverage(sums);
    const outcome = await measure({ network, dataset, config, average, state, signal: interrupt.signal });
    if (outcome === undefined) throw new RunError("interrupted");
    const noise: NoisyAccuracy[] = [];
    for (const sigma of values.noise ?? []) {
      const noisy = await evaluate(network, noisySplit(dataset.test, sigma, NOISE_SEED), interrupt.signal);
      if (noisy === undefined) throw new RunError("interrupted");
      noise.push({ sigma, accuracy: noisy.accuracy });
    }
    const result = { ...makeResult(plan, outcome), ...(noise.length > 0 && { noise }) };
    const context = {
      command: commandLine(["eoq", "eval", ...args]),
      environment: await describeEnvironment(library),
      config: { ...config, method: [config.method] },
    };
    const report = makeReport(context, [result]);
    console.log(values.json ? reportJson(report).trimEnd() : reportText(report));
  } finally {
    network.close();
  }
}
