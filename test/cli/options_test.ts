import { assertEquals, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { UserError } from "../../lib/errors.ts";

function parse(line: string) {
  const [name, ...args] = line.split(" ");
  return parseCommandLine(COMMANDS.find((command) => command.name === name)!, args);
}

Deno.test("options: fallbacks are those of the command", () => {
  const compare = parse("compare").values;
  assertEquals([compare.method, compare.out, compare.seed, compare.data], [
    ["eoq", "bn-fp32"],
    "results{config}",
    1,
    undefined,
  ]);
  assertEquals(parse("train").values.method, ["eoq"]);
});

Deno.test("options: every way to write a value", () => {
  const { values, argument } = parse("compare --batch=1 --seed 4294967295 --json --method bn-fp32 --method eoq");
  assertEquals([values.batch, values.seed, values.json, values.quiet], [[1], 4294967295, true, false]);
  assertEquals([values.method, argument], [["bn-fp32", "eoq"], ""]);
  assertEquals(parse("eval a-file --threads 2").argument, "a-file");
  const bench = parse("bench step --batch 1,8 --seconds 0.5").values;
  assertEquals([bench.batch, bench.seconds, bench.threads], [[1, 8], 0.5, [1]]);
});

const REFUSED: Record<string, string> = {
  "train --bach 1": 'unknown option "--bach" (did you mean --batch?); see eoq train --help',
  "train -b 1": 'unknown option "-b"; see eoq train --help',
  "eval f --epochs 1": 'unknown option "--epochs"',
  "train --epochs 1.5": '--epochs: "1.5" is not a whole number from 1 to 10000',
  "train --batch 0": '--batch: "0" is not a whole number from 1 to 1024',
  "train --batch abc": '--batch: "abc" is not',
  "train --batch 1e2": '--batch: "1e2" is not',
  "train --batch 0x10": '--batch: "0x10" is not',
  "train --batch 99999999999999999999": "--batch: ",
  "train --batch 1,2,1": "--batch: 1 is named twice",
  "bench peak --seconds 1s": '--seconds: "1s" is not a number from 0 to 600',
  "bench peak --seconds -1": '--seconds: "-1" is not',
  "train --epochs -": '--epochs: "-" is not a whole number from 1 to 10000',
  "train --seed -1": '--seed: "-1" is not a whole number from 0 to 4294967295',
  "train --seed 4294967296": '--seed: "4294967296" is not',
  "train --decay-at 50,40": '--decay-at: "50,40" does not rise',
  "train --flip yes": 'unknown value of --flip "yes"; known: on, off',
  "train --mixup yes": 'unknown value of --mixup "yes"; known: on, off',
  "train --schedule cosin": 'unknown schedule "cosin" (did you mean cosine?); known: step, cosine',
  "train --weight-decay 2": '--weight-decay: "2" is not a number from 0 to 1',
  "train --warmup 1000001": '--warmup: "1000001" is not a whole number from 0 to 1000000',
  "train --warmup 5%": '--warmup: "5%" is not a whole number',
  "train --validation x": '--validation: "x" is not a whole number',
  "train --smoothing 0.91": '--smoothing: "0.91" is not a number from 0 to 0.9',
  "train --smoothing 0.001": '--smoothing: "0.001" is not 0, and less than the least, 0.001953125',
  "train --average-from 100": '--average-from: "100" is not a whole number from 0 to 99',
  "train --average-every 0": '--average-every: "0" is not a whole number from 1 to',
  "train --threads 257": "--threads: ",
  "train --train-limit 0": "--train-limit: ",
  "train --epochs": "--epochs needs a value",
  "train --epochs=": "--epochs needs a value",
  "train --epochs --quiet": "--epochs needs a value",
  "train --epochs 1 --epochs 1": "--epochs is given 2 times",
  "train --quiet=no": "--quiet takes no value",
  "train --no-quiet": 'unknown option "--no-quiet"',
  "train --method eop": 'unknown method "eop" (did you mean eoq?); known: eoq, wageubn, fixup-fp32, bn-fp32',
  "train --method eoq,": 'unknown method ""',
  "train --method eoq --method eoq": "--method: eoq is named twice",
  "train --dataset minst": 'unknown dataset "minst" (did you mean mnist?); known: mnist',
  "train --model resnet-9": 'unknown model "resnet-9"',
  "train --model constructor": 'unknown model "constructor"; known: resnet-8',
  "train extra": 'eoq train: unexpected argument "extra"',
  "train -- extra": 'eoq train: unexpected argument "extra"',
  "eval": "eoq eval needs FILE",
  "eval a b": 'eoq eval: unexpected argument "b"',
};

for (const [line, message] of Object.entries(REFUSED)) {
  Deno.test(`options: eoq ${line}`, () => {
    assertThrows(() => parse(line), UserError, message);
  });
}

Deno.test("options: a second name of an option is as good as the first, and errors call it as it was typed", () => {
  const shape = { height: 2, width: 3, channels: 1 };
  for (const name of ["image", "input"]) {
    assertEquals(parse(`summary lenet --${name} 2x3x1`).values.image, shape);
    assertEquals(parse(`summary lenet --${name}=2x3x1`).given.has("image"), true);
    assertThrows(() => parse(`summary lenet --${name} 2x3`), UserError, `--${name}: "2x3" is not HxWxC`);
    assertThrows(() => parse(`summary lenet --${name} 1x1x1 --${name} 1x1x1`), UserError, `--${name} is given 2 times`);
  }
  assertEquals(parse("train --input half").values.input, "half");
});
