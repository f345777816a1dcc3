import { assert, assertEquals } from "@std/assert";
import { scalingRows } from "../../lib/bench/scaling.ts";
import { formatScaling } from "../../lib/bench/scaling_table.ts";
import { scalingReportSchema } from "../../lib/report/scaling.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";
import { MPI } from "./mpi.ts";

const ALL = ["--no-prompt", "--allow-all"];

const BENCH = ["bench", "scale", "--model", "resnet-8", "--batch", "5", "--seconds", "0.01"];

async function benchJson(...words: string[]) {
  const { code, stdout, stderr } = await eoq([...words, "--json"], { permissions: ALL });
  assertEquals(code, 0, stderr);
  return { stdout, report: scalingReportSchema.parse(JSON.parse(stdout)) };
}

Deno.test({
  name: "bench scale: ranks send what the formula says, and integer methods have one hash on 1 and 2 of them",
  ignore: !MPI,
  fn: () =>
    withFolder(async (folder) => {
      const file = `${folder}/scale.json`, methods = ["eoq", "wageubn", "bn-fp32"];
      const words = [...BENCH, "--method", methods.join(","), "--ranks", "2,1", "--save", file];
      const { stdout, report } = await benchJson(...words);
      assertEquals(await Deno.readTextFile(file), stdout);
      assertEquals(
        report.scaling.map(({ method, ranks }) => `${method} ${ranks}`),
        methods.flatMap((method) => [`${method} 1`, `${method} 2`]),
      );
      for (const { ranks, messages, formula, method } of report.scaling) {
        assertEquals(messages, formula, `${method} on ${ranks}`);
        assertEquals(messages.sums > 0, ranks > 1);
      }
      for (const [method, rows] of Map.groupBy(report.scaling, ({ method }) => method)) {
        const own = new Set(rows.map(({ weightsSha256 }) => weightsSha256));
        assert(!own.has(null), method);
        if (method !== "bn-fp32") assertEquals(own.size, 1, method);
      }
      for (const line of formatScaling(report, 80).split("\n")) assert(line.length <= 80, line);
      const page = await eoq(["report", file, "-o", `${folder}/page.html`]);
      assertEquals([page.code, page.stderr], [0, ""]);
      const same = await eoq(["diff", file, file]);
      assertEquals(same.code, 0, same.stdout + same.stderr);
    }),
});

Deno.test({
  name: "bench scale: 2 ranks send what the formula says where sums are wide",
  ignore: !MPI,
  async fn() {
    // At 32x32 a batch of 131 is the first whose gradients of LeNet's first kernels could overflow int32.
    const words = ["bench", "scale", "--model", "lenet", "--method", "eoq", "--ranks", "2", "--seconds", "0.01"];
    const sent = [];
    for (const batch of ["130", "131"]) {
      const { report: { scaling: [row] } } = await benchJson(...words, "--batch", batch);
      assertEquals(row!.messages, row!.formula);
      sent.push(row!.messages.sumsBytes);
    }
    assertEquals(sent[1]! - sent[0]!, 4 * 5 * 5 * 3 * 6);
  },
});

Deno.test("bench scale: efficiency is over the fewest ranks, and weights that differ are no hash", () => {
  const none = { maxima: 0, maximaBytes: 0, sums: 0, sumsBytes: 0 };
  const answer = (ranks: number, seconds: number[], hashes: string[]) => ({
    ranks,
    images: "random" as const,
    samples: [{ method: "eoq" as const, batch: 8, seconds, messages: none, formula: none, hashes }],
  });
  const rows = scalingRows([
    answer(4, [1, 1], ["a", "a", "a", "b"]),
    answer(2, [1, 4, 1], ["a", "a"]),
    answer(4, [1, 9, 1], ["a", "a", "a", "a"]),
  ], 1);
  assertEquals(
    rows.map(({ ranks, median, efficiency, samples, weightsSha256 }) => [
      ...[ranks, median, efficiency, samples, weightsSha256],
    ]),
    [[2, 8, 1, 3, "a"], [4, 8, 0.5, 5, null]],
  );
});

Deno.test("bench scale: where Deno may not run mpirun one line says how to start it, and bad input is one line", async () => {
  assertRefused(await eoq([...BENCH, "--ranks", "1"]), 2, "mpirun, which Deno may not: start it as deno run -A");
  assertRefused(await eoq([...BENCH, "--ranks", "none"]), 2, "--ranks: numbers of ranks");
  assertRefused(await eoq([...BENCH, "--ranks", "1,512"]), 2, "--ranks: 512 are more than 256 processes");
  assertRefused(await eoq([...BENCH, "--peers"]), 2, "--peers: eoq bench scale has no use for it");
  assertRefused(await eoq(["bench", "step", "--ranks", "2"]), 2, "--ranks: eoq bench step has no use for it");
});

Deno.test("bench scale: where there is no MPI one line names its packages", () =>
  withFolder(async (folder) => {
    const { code, stdout, stderr } = await eoq([...BENCH, "--ranks", "1"], { permissions: ALL, env: { PATH: folder } });
    assertRefused({ code, stdout, stderr }, 2, "no MPI found (tried mpirun)", "openmpi-bin libopenmpi-dev");
  }));
