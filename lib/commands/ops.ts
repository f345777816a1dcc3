/**
 * `eoq ops`: the operations, bytes and cost of a network by method.
 *
 * @module
 */

import { COST_MODELS } from "../count/cost_model.ts";
import { forwardMacs } from "../count/taps.ts";
import { messageOf, UserError } from "../errors.ts";
import type { Method } from "../exec/methods.ts";
import { MODELS } from "../plan/models.ts";
import { commandLine } from "../terminal/command_line.ts";
import { formatCostModels } from "../ops/cost_table.ts";
import { opsCsv } from "../ops/csv.ts";
import { countMethod, makeOpsReport, type OpsSubject, type Yardsticks } from "../ops/report.ts";
import type { MethodOps, OpsReport } from "../report/ops.ts";
import { formatOps } from "../ops/table.ts";
import type { Invocation } from "../cli/command.ts";
import { LIST, loadCostModels } from "../cli/cost_file.ts";
import { OPS_FORMATS } from "./declared/measure.ts";
import { loadMachine } from "../cli/machine_file.ts";
import { only, type Values } from "../cli/options.ts";
import { makePlan } from "./training/setup.ts";
import { oneOf } from "../cli/words.ts";

/** Counts each method; one that does not run the model is a reason of its own. */
function countMethods(
  methods: readonly Method[],
  subject: OpsSubject,
  yardsticks: Yardsticks,
): Pick<OpsReport, "methods" | "refused"> {
  const counted: MethodOps[] = [], refused: OpsReport["refused"] = [];
  for (const method of methods) {
    try {
      counted.push(countMethod(method, subject, yardsticks));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push({ method, reason: messageOf(error) });
    }
  }
  if (counted.length === 0) throw new UserError(refused[0]!.reason);
  return { methods: counted, refused };
}

function listModels({ json }: Values): void {
  const models = [...COST_MODELS.values()];
  console.log(json ? JSON.stringify(models, null, 2) : formatCostModels(models));
}

/** Runs `eoq ops`. */
export async function run({ argument, values, given, args }: Invocation): Promise<void> {
  const { cost, phase, by, method } = values;
  if (cost.includes(LIST)) return listModels(values);
  if (argument === "") throw new UserError("eoq ops needs MODEL");
  const name = oneOf("model", argument, [...MODELS.keys()]);
  const format = values.json ? "json" : oneOf("format of eoq ops", values.format, OPS_FORMATS);
  if (format === "json" && given.has("by")) throw new UserError("--by: JSON has every layer, phase and kind");
  const { shape } = MODELS.get(name)!;
  const plan = makePlan(name, { ...shape, ...values.image, classes: values.classes ?? shape.classes });
  const { height, width, channels, classes } = plan;
  const models = await loadCostModels(cost);
  const machine = values.machine === undefined ? null : await loadMachine(values.machine, values);
  const batch = only("--batch", values.batch);
  const report = makeOpsReport({
    ...{ command: commandLine(["eoq", "ops", ...args]), model: name, input: { height, width, channels }, classes },
    ...{ batch, phase, macsPerImage: forwardMacs(plan), machine },
    ...countMethods(method, { plan, batch, phase }, { models, machine }),
  });
  switch (format) {
    case "json":
      return console.log(JSON.stringify(report, null, 2));
    case "csv":
      return console.log(opsCsv(report, by).trimEnd());
    case "table":
      return console.log(formatOps(report, { by, models, color: Deno.stdout.isTerminal() }).trimEnd());
  }
}
