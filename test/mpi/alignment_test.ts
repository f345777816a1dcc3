import { assert, assertEquals } from "@std/assert";
import type { Outcome } from "./alignment_rank.ts";
import { MPI, mpirun, program } from "./mpi.ts";

const RANK = decodeURIComponent(new URL("alignment_rank.ts", import.meta.url).pathname);

/** Ranks that two images are shared by, of which the first of three has none, and the cases that they share. */
const RUNS: readonly [ranks: number, cases: readonly string[]][] = [[2, ["decided"]], [2, []], [3, []]];

for (const [ranks, cases] of RUNS) {
  Deno.test({
    name: `ranks: ${ranks} whose parts have other bounds add them as one does, ${cases[0] ?? "also undecided"}`,
    ignore: !MPI,
    async fn() {
      const { code, stdout, stderr } = await mpirun(ranks, program(RANK, cases));
      assertEquals(code, 0, stderr);
      const outcomes: Record<string, Outcome> = JSON.parse(stdout);
      assertEquals(Object.keys(outcomes), ["int8_residual", "int8_add_bias"]);
      for (const [kernel, { wrong, spared, combined, needed }] of Object.entries(outcomes)) {
        assertEquals(wrong, 0, `${kernel}: ${wrong} sums are others than those of one process`);
        // Bounds are combined where the sum could depend on them, and there it often does; elsewhere nothing is sent.
        assert(needed >= 15, `${kernel}: only ${needed} sums depend on the bounds`);
        assert(combined >= needed && spared >= 50, `${kernel}: ${combined} combined, ${spared} not`);
      }
    },
  });
}
