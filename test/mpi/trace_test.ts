import { assert, assertEquals } from "@std/assert";
import type { TraceRecord } from "../../lib/train/trace.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { eoq, type EoqOutput, withFolder } from "../eoq.ts";
import { eoqWords, MPI, mpirun } from "./mpi.ts";

/** What is trained, and on how many ranks; of two images the third rank has none. */
const RUNS: readonly [words: readonly string[], ranks: number][] = [
  [["--method", "eoq", "--batch", "8", "--model", "resnet-8"], 2],
  [["--method", "eoq", "--batch", "2", "--model", "resnet-8"], 3],
  [["--method", "eoq", "--batch", "7", "--model", "resnet-8", "--set", "exponents=hindsight"], 3],
  [["--method", "eoq", "--batch", "4", "--model", "resnet-8", "--set", "errorQuantizer=flag"], 2],
  [["--method", "wageubn", "--batch", "8", "--model", "resnet-8"], 2],
];

const warnings = ({ stderr }: EoqOutput) => stderr.split("\n").filter((line) => /, step \d+: /.test(line));

for (const [chosen, ranks] of RUNS) {
  Deno.test({
    name: `ranks: a trace on ${ranks} is that on one: ${chosen.join(" ")}`,
    ignore: !MPI,
    fn: () =>
      withFolder(async (folder) => {
        const data = `${folder}/data`, [alone, together] = [`${folder}/alone`, `${folder}/together`];
        await writeIdxFolder(data, 60, 10);
        const words = (out: string) => [
          ...["train", ...chosen, "--epochs", "2", "--threads", "1", "--data", data, "--learning-rate", "4"],
          ...["--trace-every", "3", "--trace", `${out}.jsonl`, "--out", out],
        ];
        const one = await eoq(words(alone));
        assertEquals(one.code, 0, one.stderr);
        const all = await mpirun(ranks, eoqWords(words(together)));
        assertEquals(all.code, 0, all.stderr);
        const [expected, trace] = await Promise.all([alone, together].map((out) => Deno.readTextFile(`${out}.jsonl`)));
        assertEquals(trace, expected);
        assertEquals(warnings(all), warnings(one));
        // Neither zeros alone nor what is the same whatever the images are.
        const tensors = trace!.trimEnd().split("\n").flatMap((line) => (JSON.parse(line) as TraceRecord).tensors);
        assert(tensors.some((each) => each.kind === "activation" && each.zeros > 0 && each.mean! > 0));
        // With a norm no channel is the same everywhere.
        const some = tensors.some((each) => each.kind === "activation" && each.constant! > 0 && each.constant! < 1);
        assertEquals(some, chosen.includes("eoq"));
        assert(tensors.some((each) => each.kind === "weights" && each.gradientNorm > 0));
      }),
  });
}
