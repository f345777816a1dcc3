/**
 * `eoq plan`: what training on many ranks comes to before there are any.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { MACHINE } from "../cli/option_groups.ts";
import { only } from "../cli/options.ts";
import { print } from "../cli/print.ts";
import { UserError } from "../errors.ts";
import { MODELS } from "../plan/models.ts";
import { commandLine } from "../terminal/command_line.ts";
import { outputWidth } from "../terminal/terminal.ts";
import { oneOf } from "../words.ts";

/** What can be planned. */
const SUBJECTS = ["scale"] as const;

/** The command. */
export const PLAN: Command = {
  name: "plan",
  summary: "say on paper what training on many ranks comes to, and what bounds it",
  operands: [
    { placeholder: SUBJECTS.join("|"), values: SUBJECTS },
    { placeholder: "MODEL", values: [...MODELS.keys()], optional: true },
  ],
  options: ["method", "batch", "ranks", "network", "compute", ...MACHINE, "seconds", "json", "help"],
  fallbacks: { method: "eoq,bn-fp32", batch: "128", ranks: "1..1024", threads: "1" },
  placeholders: { ranks: "N,N|N..N" },
  helps: {
    method: "the methods that are planned, with commas or repeated",
    batch: "images: of all ranks together in strong scaling, of each in weak scaling",
    ranks: "numbers of ranks: a list, or 1..1024, each twice the one before",
    threads: "threads of a rank, where its steps are measured now",
    isa: "instruction-set path, where steps are measured now (default: $EOQ_ISA, else the best)",
    seconds: "seconds for which each step is sampled (default: 1)",
  },
  description:
    "A model of a training step on 32x32x3 images that ranks share: computing by the measured time of a rank's part " +
    "of the batch, between measured batches on a line; messages and bytes as the kernels send them, by the latency " +
    "and bandwidth of a network, sums of integer gradients while the kernels go on. All ranks are alike, and nothing else is in the network. Efficiency " +
    "is the rate over that of as many processes that need no messages and lose nothing on small parts. --network " +
    "list prints the networks and what their numbers are from; a file of your own has the same keys.",
  examples: [
    "eoq plan scale resnet-20",
    "eoq plan scale resnet-20 --compute step.json --network ethernet-10g --ranks 1,2,4,8",
    "eoq plan scale resnet-110 --method eoq --compute 320 --network my_network.json --json",
    "eoq plan scale --network list",
  ],

  async run({ operands: [subject = "", name = ""], values, args }) {
    const { STEP_IMAGES } = await import("../bench/images.ts");
    const { loadCompute, loadInterconnects } = await import("../cli/scale_yardsticks.ts");
    const { LIST } = await import("../cli/yardsticks.ts");
    const { INTERCONNECTS } = await import("../count/interconnect.ts");
    const { makeScalePlan } = await import("../ops/scale_plan.ts");
    const { formatInterconnects, formatScalePlan } = await import("../ops/scale_table.ts");
    const { buildPlan } = await import("../plan/models.ts");
    oneOf("subject of eoq plan", subject, SUBJECTS);
    if (values.network.includes(LIST)) {
      const networks = [...INTERCONNECTS.values()];
      return values.json
        ? console.log(JSON.stringify(networks, null, 2))
        : print(formatInterconnects(networks, outputWidth()));
    }
    if (name === "") throw new UserError("eoq plan scale needs MODEL");
    const plan = buildPlan(oneOf("model", name, [...MODELS.keys()]), STEP_IMAGES);
    if (typeof values.ranks !== "object") throw new UserError("--ranks: numbers of ranks, as 1,2,4 or 1..1024");
    const batch = only("--batch", values.batch);
    const networks = await loadInterconnects(values.network);
    const { compute, environment } = await loadCompute(plan, values.method, batch, values);
    const document = makeScalePlan({
      ...{ plan, compute, networks, environment, batch },
      ...{ command: commandLine(["eoq", "plan", ...args]), ranks: values.ranks },
    });
    if (values.json) return console.log(JSON.stringify(document, null, 2));
    print(formatScalePlan(document, outputWidth()));
  },
};
