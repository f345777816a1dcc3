import { assert, assertEquals } from "@std/assert";
import type { Outcome } from "./alignment_rank.ts";
import { MPI, mpirun, program } from "./mpi.ts";

const RANK = decodeURIComponent(new URL("alignment_rank.ts", import.meta.url).pathname);

/** Ranks that share two images, of which the first of three has none, and whether the step before decides their cases. */
const RUNS: readonly [ranks: number, kind: string, cases: number][] = [
  [2, "decided", 3000],
  [2, "of all kinds", 1000],
  [3, "of all kinds", 300],
];

for (const [ranks, kind, cases] of RUNS) {
  Deno.test({
    name: `ranks: ${ranks} whose parts lie between other bounds add them as one does, ${cases} sums ${kind}`,
    ignore: !MPI,
    async fn() {
      const { code, stdout, stderr } = await mpirun(ranks, program(RANK, [kind, `${cases}`]));
      assertEquals(code, 0, stderr);
      const outcomes: Record<string, Outcome> = JSON.parse(stdout);
      assertEquals(Object.keys(outcomes), ["int8_residual", "int8_add_bias"]);
      for (const [kernel, { wrong, spared, combined, needed }] of Object.entries(outcomes)) {
        assertEquals(wrong, 0, `${kernel}: ${wrong} sums are others than those of one process`);
        // Bounds are combined where the sum could depend on them, and there it often does; elsewhere nothing is sent.
        assert(needed >= 15, `${kernel}: only ${needed} sums depend on the bounds`);
        assert(combined >= needed && spared >= 5, `${kernel}: ${combined} combined, ${spared} not`);
      }
    },
  });
}
