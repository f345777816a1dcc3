/**
 * `eoq ops`: the operations, bytes and cost of a network by method.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { MACHINE } from "../cli/option_groups.ts";
import { only } from "../cli/options.ts";
import { print } from "../cli/print.ts";
import { UserError } from "../errors.ts";
import { METHODS } from "../exec/methods.ts";
import { RECIPES } from "../exec/recipe.ts";
import { MODELS } from "../plan/models.ts";
import { commandLine } from "../terminal/command_line.ts";
import { outputWidth } from "../terminal/terminal.ts";
import { oneOf } from "../words.ts";

/** What it can print. */
const FORMATS = ["table", "json", "csv"] as const;

/** The command. */
export const OPS: Command = {
  name: "ops",
  summary: "count the operations, bytes and energy of a network, method by method",
  operands: [{ placeholder: "MODEL", values: [...MODELS.keys()], optional: true }],
  options: [
    ...["method", "phase", "by", "wide", "image", "classes", "batch", "train", "cost", "machine"] as const,
    ...["weights", "recipe", "set", "nesterov", "smoothing"] as const,
    ...[...MACHINE, "seconds", "format", "json", "help"] as const,
  ],
  aliases: { image: "input" },
  fallbacks: { method: METHODS.join(","), batch: "1", threads: "1" },
  helps: {
    method: "the methods that are counted, with commas or repeated",
    batch: "images of a step",
    threads: "threads that --machine measured takes together",
    isa: "instruction-set path that --machine measured takes (default: $EOQ_ISA, else the best)",
    format: `what is printed: ${FORMATS.join(", ")}`,
    seconds: "seconds for which --machine measured samples each rate (default: 1)",
  },
  description:
    "Operations by kind and width, of a batch: those that the scalar kernels execute, to the last one, which a test " +
    "holds against a library that counts them; bytes by class of tensor, each layer reading its operands and writing " +
    "its results once; the largest memory live at once. The width of a multiplication is that of its operands, of " +
    "anything else that of its result. Cost models turn counts into energy, area and latency; the last columns say " +
    "how many times as much bn-fp32 takes. --cost list prints the models, what their numbers are from and what is " +
    "assumed; a file of your own has the same keys. A table has the totals alone, unless --wide or --by ask for more.",
  examples: [
    "eoq ops resnet-20",
    "eoq ops resnet-50 --phase inference --method eoq,bn-fp32 --by layer",
    "eoq ops resnet-20 --batch 128 --cost my_chip.json --format csv",
    "eoq ops resnet-20 --batch 128 --machine measured --by layer",
    "eoq ops lenet --method eoq,bn-fp32 --machine cortex-m4,cortex-m4f,cortex-m55,rv32imc",
    "eoq ops --cost list",
  ],

  async run({ argument, values, given, args }) {
    const { LIST, loadCostModels, loadMachines } = await import("../cli/yardsticks.ts");
    const { COST_MODELS } = await import("../count/cost_model.ts");
    const { forwardMacs } = await import("../count/taps.ts");
    const { formatCostModels } = await import("../ops/cost_table.ts");
    const { opsCsv } = await import("../ops/csv.ts");
    const { countMethods, makeOpsReport } = await import("../ops/report.ts");
    const { formatOps } = await import("../ops/table.ts");
    const { refuseIdleRecipe } = await import("./training/choose_config.ts");
    const { makePlan, requireTrained } = await import("./training/setup.ts");
    const { recipeSchema } = await import("../train/recipe_schema.ts");
    const { cost, phase, by, method, machine: machines = [] } = values;
    if (machines.includes(LIST)) {
      const { formatMicrocontrollers } = await import("../ops/core_table.ts");
      const { MICROCONTROLLERS } = await import("../count/microcontroller.ts");
      const cores = [...MICROCONTROLLERS.values()];
      return values.json ? console.log(JSON.stringify(cores, null, 2)) : print(formatMicrocontrollers(cores));
    }
    if (cost.includes(LIST)) {
      const models = [...COST_MODELS.values()];
      return values.json ? console.log(JSON.stringify(models, null, 2)) : print(formatCostModels(models));
    }
    if (argument === "") throw new UserError("eoq ops needs MODEL");
    const name = oneOf("model", argument, [...MODELS.keys()]);
    const brief = !values.wide && !given.has("by");
    const format = values.json ? "json" : oneOf("format of eoq ops", values.format, FORMATS);
    if (format === "json" && given.has("by")) throw new UserError("--by: JSON has every layer, phase and kind");
    const { shape } = MODELS.get(name)!;
    const plan = makePlan(name, { ...shape, ...values.image, classes: values.classes ?? shape.classes });
    const { height, width, channels, classes } = plan;
    const train = values.train === "all" ? undefined : values.train;
    requireTrained(plan, train);
    const models = await loadCostModels(cost);
    refuseIdleRecipe(given, method);
    const recipe = recipeSchema.parse({
      ...RECIPES[values.recipe],
      ...values.set,
      ...(values.weights !== undefined && { weightBits: values.weights }),
    });
    const settings = { recipe, nesterov: values.nesterov, smoothed: values.smoothing > 0, train };
    const { machine, cores } = await loadMachines(machines, values);
    const batch = only("--batch", values.batch);
    const report = makeOpsReport({
      ...{ command: commandLine(["eoq", "ops", ...args]), model: name, input: { height, width, channels }, classes },
      ...{ batch, phase, macsPerImage: forwardMacs(plan), machine, cores: [...cores], ...(train && { train }) },
      ...countMethods(method, { plan, batch, phase, settings }, { models, machine, cores }),
    });
    switch (format) {
      case "json":
        return console.log(JSON.stringify(report, null, 2));
      case "csv":
        return console.log(opsCsv(report, by).trimEnd());
      case "table":
        return print(
          formatOps(report, { by, brief, models, width: outputWidth(), color: Deno.stdout.isTerminal() }).trimEnd(),
        );
    }
  },
};
