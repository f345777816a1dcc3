/**
 * `eoq eval`: the accuracy of a checkpoint, and of its averaged weights if it has any.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { MACHINE } from "../cli/option_groups.ts";
import { RunError, UserError } from "../errors.ts";
import type { NoisyAccuracy } from "../report/run.ts";
import { commandLine } from "../terminal/command_line.ts";

/** Fixes the noise, whatever the seed of the run: all methods and seeds see the same. */
const NOISE_SEED = 1;

/** The command. */
export const EVAL: Command = {
  name: "eval",
  summary: "measure the accuracy of a checkpoint",
  operands: [{ placeholder: "FILE" }],
  options: ["data", "noise", "wide", ...MACHINE, "json", "help"],
  description:
    "Rebuilds the network that the checkpoint describes and classifies the test or validation images of its run, with " +
    "averaged weights, too, if it has any: accuracies are those that training printed. --wide adds what training " +
    "cost, its throughput as the checkpoint recorded it. --noise adds the accuracies on noisy images, their bytes rounded and " +
    "clipped to 0 to 255; all methods and seeds see the same noise.",
  examples: [
    "eoq eval results/eoq.checkpoint",
    "eoq eval runs/eoq-resnet-8-mnist-s1/eoq.checkpoint --json",
    "eoq eval runs/eoq-resnet-20-cifar10-s1/eoq.checkpoint --noise 6.4,12.8,15.9,25.5",
  ],

  async run({ values, argument, args }) {
    const { Interrupt } = await import("../cli/interrupt.ts");
    const { reportText } = await import("../cli/output.ts");
    const { print } = await import("../cli/print.ts");
    const { warn } = await import("../cli/warn.ts");
    const { digestOf, otherClasses } = await import("../data/identity.ts");
    const { noisySplit } = await import("../data/noise.ts");
    const { describeEnvironment } = await import("../report/environment.ts");
    const { makeReport, makeResult, reportJson } = await import("../report/result.ts");
    const { WeightAverage } = await import("../train/average.ts");
    const { loadCheckpoint } = await import("../train/checkpoint_files.ts");
    const { evaluate } = await import("../train/evaluate.ts");
    const { measure } = await import("../train/run.ts");
    const { restoreNetwork } = await import("../train/restore.ts");
    const { makeNetwork, setupFromConfig } = await import("./training/setup.ts");
    const checkpoint = await loadCheckpoint(argument);
    const { config, state, sums } = checkpoint;
    if (state.images === 0) throw new UserError(`${argument}: its run has not trained on any image yet`);
    using setup = await setupFromConfig(config, values);
    const { library, plan, dataset } = setup;
    const other = otherClasses(checkpoint.data?.classes, dataset.classNames);
    if (other !== undefined) throw new UserError(`${argument}: ${other}: classes are told apart by their names`);
    const measured = values.data === undefined ? checkpoint.data?.test : undefined;
    if (measured !== undefined && await digestOf(dataset.test) !== measured) {
      warn("the images have changed since the run was measured on them");
    }
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
      if (values.json) console.log(reportJson(report).trimEnd());
      else {
        print(reportText(report, !values.wide));
        const { learnt } = checkpoint;
        if (learnt !== undefined) {
          print(`and ${learnt.images.toLocaleString("en-US")} images that it learnt from since`);
        }
      }
    } finally {
      network.close();
    }
  },
};
