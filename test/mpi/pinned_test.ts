import { assertEquals } from "@std/assert";
import { messageOf } from "../../lib/errors.ts";
import hashes from "../pinned/hashes.json" with { type: "json" };
import { MPI, mpirun, program } from "./mpi.ts";
import { hashOf, nameOf } from "../pinned/runs.ts";
import { FUSED, HALVES, halvesOf, type Shared } from "./pinned_rank.ts";

const RANK = decodeURIComponent(new URL("pinned_rank.ts", import.meta.url).pathname);

/** What processes that share the runs come to. */
async function shared(ranks: number, pattern: string, isa?: string): Promise<Record<string, Shared>> {
  const { code, stdout, stderr } = await mpirun(ranks, program(RANK, [pattern, ...isa === undefined ? [] : [isa]]));
  assertEquals(code, 0, stderr);
  try {
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(`${messageOf(error)}: ${stdout}${stderr}`);
  }
}

const known: Readonly<Record<string, string>> = hashes;

/** Ranks, the runs they share, and the path. More than the images of a batch leave some idle. */
const CASES: readonly [ranks: number, pattern: string, isa?: string][] = [
  [2, ""],
  [2, "batch (1|5), (default|stochastic|flag)", "scalar"],
  [2, "batch 5, (default|hindsight)", "avx2"],
  [3, "batch (1|33), default"],
  [4, "(tiny-imagenet|lenet), batch 5, (default|stochastic|flag)"],
  [4, "batch 5, hindsight"],
  [7, "(resnet-8|lenet), batch 5, (default|hindsight)"],
  [16, "(eoq, resnet-8|wageubn, mlp), batch 5, default"],
];

for (const [ranks, pattern, isa] of CASES) {
  const what = `${pattern === "" ? "all pinned runs" : pattern}${isa === undefined ? "" : ` on ${isa}`}`;
  Deno.test({
    name: `ranks: ${ranks} end in the weights of one, and send what the formula says: ${what}`,
    ignore: !MPI || isa === "avx2" && Deno.build.arch !== "x86_64",
    async fn() {
      const results = await shared(ranks, pattern, isa), names = Object.keys(results);
      assertEquals(names.length > 0, true);
      assertEquals(
        Object.fromEntries(names.map((name) => [name, results[name]!.hash])),
        Object.fromEntries(names.map((name) => [name, known[name]])),
      );
      for (const name of names) assertEquals(results[name]!.sent, results[name]!.expected, name);
    },
  });
}

Deno.test({
  name: "ranks: it does not matter which of them quantize in the cache",
  ignore: !MPI,
  async fn() {
    const alone: Record<string, string> = {};
    for (const run of FUSED) alone[nameOf(run)] = await hashOf(run, { threads: 1 });
    for (const ranks of [2, 3]) {
      const results = await shared(ranks, "fused");
      assertEquals(Object.fromEntries(Object.entries(results).map(([name, { hash }]) => [name, hash])), alone);
      for (const [name, { sent, expected }] of Object.entries(results)) assertEquals(sent, expected, name);
    }
  },
});

Deno.test({
  name: "ranks: with exponents of the step before, halves of a batch that differ end in the weights of one",
  ignore: !MPI,
  async fn() {
    const alone = await hashOf(HALVES, { threads: 1 }, halvesOf);
    for (const ranks of [2, 3]) {
      const { hash, sent, expected, alignments } = (await shared(ranks, "halves"))[nameOf(HALVES)]!;
      assertEquals(hash, alone, `${ranks} ranks`);
      assertEquals(sent, expected);
      // The last step adds tensors whose bounds decide, and the processes have other ones.
      assertEquals(alignments > 0, true, `${ranks} ranks combined no bounds`);
    }
  },
});
