/**
 * `eoq summary`: a network's layers, shapes, costs and memory.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { only, refuseUnused } from "../cli/options.ts";
import { print } from "../cli/print.ts";
import { MODELS } from "../plan/models.ts";
import { outputWidth } from "../terminal/terminal.ts";
import { oneOf } from "../words.ts";

/** The command. */
export const SUMMARY: Command = {
  name: "summary",
  summary: "print the layers, shapes, costs and memory of a network",
  operands: [{ placeholder: "MODEL", values: [...MODELS.keys()] }],
  options: ["image", "classes", "batch", "train", "program", "method", "json", "help"],
  helps: { method: "the method of --program" },
  aliases: { image: "input" },
  description:
    "Weights and multiply-accumulates of each layer for one image forward, padding taps counted; a training step " +
    "multiplies three times as much, but for the first layer, whose input has no error. Biases and norms are the " +
    "method's and are in the bytes below, which are those that a run of each method holds. With --train a step trains " +
    "the last layers alone.",
  list: { title: "Models", rows: [...MODELS].map(([name, { about }]) => [name, about] as const) },
  examples: [
    "eoq summary resnet-20",
    "eoq summary resnet-50 --batch 1",
    "eoq summary resnet-20 --batch 1 --train last:2",
    "eoq summary lenet --image 32x32x3 --json",
    "eoq summary mlp --program --batch 1",
  ],

  async run({ argument, values, args }) {
    const { costsOfLayers } = await import("../count/layers.ts");
    const { formatSummary, memoryOf } = await import("../ops/summary.ts");
    const { formatProgram } = await import("../ops/program.ts");
    const { listCalls } = await import("../exec/listing.ts");
    const { outlineOf } = await import("../exec/outline.ts");
    const { trainedPart } = await import("../plan/trained.ts");
    const { makePlan, requireTrained } = await import("./training/setup.ts");
    const name = oneOf("model", argument, [...MODELS.keys()]);
    const { about, shape } = MODELS.get(name)!;
    const batch = only("--batch", values.batch);
    const plan = makePlan(name, { ...shape, ...values.image, classes: values.classes ?? shape.classes });
    const { train = "all" } = values;
    requireTrained(plan, train);
    const table = { width: outputWidth(), color: Deno.stdout.isTerminal() };
    if (values.program) {
      const method = only("--method", values.method);
      const program = {
        model: name,
        method,
        batch,
        calls: listCalls(outlineOf(method, { plan, batch, train }).training),
      };
      return console.log(values.json ? JSON.stringify(program, null, 2) : formatProgram(program, table));
    }
    refuseUnused("eoq summary without --program", ["--method"], args);
    const layers = costsOfLayers(plan);
    const { height, width, channels, classes } = plan;
    const summary = {
      model: name,
      about,
      input: { height, width, channels },
      classes,
      batch,
      layers,
      weights: layers.reduce((sum, { weights }) => sum + weights, 0),
      macs: layers.reduce((sum, { macs }) => sum + macs, 0),
      ...(train !== "all" && { trained: { train, ...trainedPart(plan, train) } }),
      memory: memoryOf(plan, batch, train),
    };
    if (values.json) console.log(JSON.stringify(summary, null, 2));
    else print(formatSummary(summary, table));
  },
};
