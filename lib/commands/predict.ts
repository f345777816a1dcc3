/**
 * `eoq predict`: what a trained network says of image files.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { MACHINE } from "../cli/option_groups.ts";
import { messageOf, RunError, UserError } from "../errors.ts";

/** Images that are decoded at once, and that the network gets together at most. */
const AHEAD = 64, TOGETHER = 32;

/** The command. */
export const PREDICT: Command = {
  name: "predict",
  summary: "classify image files with a checkpoint",
  operands: [{ placeholder: "CHECKPOINT" }, { placeholder: "IMAGE", repeated: true }],
  options: ["top", "averaged", "on-error", ...MACHINE, "json", "csv", "help"],
  switches: ["csv"],
  description:
    "Prints a row for each image, as soon as it is known and in the order given: the likeliest classes by name with " +
    "their probabilities. An IMAGE is a PNG or JPEG file, a folder for all that are below it, or - for paths on " +
    "standard input, one a line. Images become what those of training were: grey where they were, and of another size " +
    "scaled until they just cover it, the middle cut out. What is said of an image does not depend on the others. " +
    "Probabilities are the softmax of the logits in floating point. --json prints an object a line. An image that " +
    "cannot be read ends the command with exit code 2, with --on-error skip only where all are such.",
  examples: [
    "eoq predict results/eoq.checkpoint digits/seven.png",
    "eoq predict runs/eoq-resnet-20-cifar10-s1/eoq.checkpoint photos --top 1",
    "find photos -name '*.jpg' | eoq predict eoq.checkpoint - --csv --on-error skip > classes.csv",
  ],

  async run({ values, operands: [path = "", ...words] }) {
    const { averagedCheckpoint } = await import("./training/averaged.ts");
    const { InputLines } = await import("../cli/input_lines.ts");
    const { Interrupt } = await import("../cli/interrupt.ts");
    const { openShown } = await import("../cli/open_library.ts");
    const { only } = await import("../cli/options.ts");
    const { warn } = await import("../cli/warn.ts");
    const { loadDecoder } = await import("../data/decode.ts");
    const { imagePaths } = await import("../data/image_paths.ts");
    const { Model } = await import("../model/model.ts");
    const { loadCheckpoint } = await import("../train/checkpoint_files.ts");
    const { inOrder } = await import("../model/stream.ts");
    const { outputWidth } = await import("../terminal/terminal.ts");
    const { rowWriter } = await import("./predicting/rows.ts");
    const { isa, threads, top, json, csv } = values, skips = values["on-error"] === "skip";
    if (json && csv) throw new UserError("--json and --csv: give one of them");
    if (words.filter((word) => word === "-").length > 1) throw new UserError("-: standard input can be read once");
    const last = await loadCheckpoint(path);
    const checkpoint = values.averaged ? await averagedCheckpoint(last, path, values) : last;
    using library = await openShown({ isa, threads: threads && only("--threads", threads) });
    using model = Model.of(library, checkpoint, path);
    const decode = await loadDecoder(model.shape);
    const format = json ? "json" : csv ? "csv" : "table";
    const { header, row } = rowWriter(model.classes, { format, top, width: outputWidth() });
    using interrupt = new Interrupt();
    using lines = new InputLines();
    interrupt.signal.addEventListener("abort", () => lines.close());
    const paths = imagePaths(words, { lines: () => lines.read(), onLeftOut: warn });
    let predicted = 0, skipped = 0;
    for await (const outcomes of inOrder(paths, decode, { ahead: AHEAD, together: TOGETHER })) {
      if (interrupt.signal.aborted) throw new RunError("interrupted");
      const ready: { readonly path: string; readonly value: Uint8Array }[] = [];
      let failure: unknown;
      for (const outcome of outcomes) {
        if ("value" in outcome) ready.push(outcome);
        else if (!(skips && outcome.error instanceof UserError)) {
          failure = outcome.error;
          break;
        } else {
          warn(messageOf(outcome.error));
          skipped++;
        }
      }
      if (ready.length > 0) {
        const rows = model.predict(joined(ready.map(({ value }) => value)))
          .map((prediction, i) => row(ready[i]!.path, prediction));
        console.log([...predicted === 0 && header !== "" ? [header] : [], ...rows].join("\n"));
        predicted += ready.length;
      }
      if (failure !== undefined) throw failure;
    }
    if (interrupt.signal.aborted) throw new RunError("interrupted");
    if (predicted > 0 && skipped > 0) warn(`${skipped} of ${predicted + skipped} images could not be read`);
    if (predicted === 0) throw new UserError(skipped > 0 ? "no image could be read" : "no image was named");
  },
};

function joined(images: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(images.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const image of images) {
    bytes.set(image, at);
    at += image.length;
  }
  return bytes;
}
