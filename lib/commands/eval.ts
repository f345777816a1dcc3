/**
 * `eoq eval`: the test accuracy of a checkpoint.
 *
 * @module
 */

import type { Split } from "../data/dataset.ts";
import { noisySplit } from "../data/noise.ts";
import { RunError, UserError } from "../errors.ts";
import type { Network } from "../exec/network.ts";
import { commandLine } from "../report/command_line.ts";
import { describeEnvironment } from "../report/environment.ts";
import { makeReport, makeResult, reportJson } from "../report/result.ts";
import { loadCheckpoint } from "../train/checkpoint_files.ts";
import { evaluate, type Evaluation } from "../train/evaluate.ts";
import { weightsSha256 } from "../train/weights_hash.ts";
import type { Invocation } from "./command.ts";
import { Interrupt } from "./interrupt.ts";
import { reportText } from "./output.ts";
import { restoreNetwork } from "./run_method.ts";
import { makeNetwork, setupFromConfig } from "./setup.ts";

/** Fixes the noise, whatever the seed of the run: all methods and seeds see the same. */
const NOISE_SEED = 1;

/** Measures the split. @throws {RunError} when the signal stopped it. */
async function measure(network: Network, split: Split, signal: AbortSignal): Promise<Evaluation> {
  const evaluation = await evaluate(network, split, signal);
  if (evaluation === undefined) throw new RunError("interrupted");
  return evaluation;
}

/** Runs `eoq eval`. */
export async function run({ values, argument, args }: Invocation): Promise<void> {
  const checkpoint = await loadCheckpoint(argument);
  const { config, state } = checkpoint;
  if (state.images === 0) throw new UserError(`${argument}: its run has not trained on any image yet`);
  using setup = await setupFromConfig(config, values);
  const { library, plan, dataset } = setup;
  const network = makeNetwork(setup, config);
  using interrupt = new Interrupt();
  try {
    restoreNetwork(network, checkpoint, argument);
    const evaluation = await measure(network, dataset.test, interrupt.signal);
    const noise: { sigma: number; testAccuracy: number }[] = [];
    for (const sigma of values.noise ?? []) {
      const noisy = await measure(network, noisySplit(dataset.test, sigma, NOISE_SEED), interrupt.signal);
      noise.push({ sigma, testAccuracy: noisy.accuracy });
    }
    const result = {
      ...makeResult(plan, {
        config,
        state,
        evaluation,
        bytes: network.bytes(),
        weightsSha256: await weightsSha256(network.state()),
      }),
      ...(noise.length > 0 && { noise }),
    };
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
