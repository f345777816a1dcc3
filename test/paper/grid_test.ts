import { assertEquals, assertRejects } from "@std/assert";
import { RunError, UserError } from "../../lib/errors.ts";
import { type Cell, runGrid, type Standing } from "../../lib/paper/grid.ts";
import { CountingCell, finished, number } from "./cells.ts";

const statuses = (standings: readonly Standing<number>[]) => standings.map(({ outcome }) => outcome.status);

function run(cells: readonly Cell<number>[], { jobs = 1, signal = new AbortController().signal } = {}) {
  const seen: string[][] = [];
  const onChange = (standings: readonly Standing<number>[]) => {
    seen.push(statuses(standings));
    return Promise.resolve();
  };
  return { seen, standings: runGrid(cells, { jobs, signal, onChange, onProgress: () => {} }) };
}

Deno.test("grid: cells in order, each told of, none run twice", async () => {
  const cells = [number("a", 1), number("b", 2)];
  const { seen, standings } = run(cells);
  assertEquals((await standings).map(({ outcome }) => outcome), [
    finished(1),
    finished(2),
  ]);
  assertEquals(seen, [["pending", "pending"], ["finished", "pending"], ["finished", "finished"]]);
  await run(cells).standings;
  assertEquals(cells.map(({ runs }) => runs), [1, 1]);
});

Deno.test("grid: what fails for good stays failed, what crashed is tried again, neither stops the others", async () => {
  const failed = new CountingCell("failed", () => Promise.resolve({ status: "failed", message: "diverged" }));
  const crashed = new CountingCell("crashed", () => Promise.reject(new RunError("killed by SIGKILL")));
  const cells = [failed, crashed, number("fine", 3)];
  for (let i = 0; i < 2; i++) {
    const standings = await run(cells).standings;
    assertEquals(statuses(standings), ["failed", "crashed", "finished"]);
    assertEquals(standings[1]!.outcome, { status: "crashed", message: "killed by SIGKILL" });
  }
  assertEquals(cells.map(({ runs }) => runs), [1, 2, 1]);
});

Deno.test("grid: interrupted, the cell in hand and those behind it are pending", async () => {
  const stop = new AbortController();
  let complete = false;
  const interrupted = new CountingCell("interrupted", () => {
    if (complete) return Promise.resolve(finished(2));
    stop.abort();
    return Promise.resolve(undefined);
  });
  const cells = [number("before", 1), interrupted, number("behind", 3)];
  assertEquals(statuses(await run(cells, { signal: stop.signal }).standings), ["finished", "pending", "pending"]);
  assertEquals(cells.map(({ runs }) => runs), [1, 1, 0]);
  complete = true;
  assertEquals(statuses(await run(cells).standings), ["finished", "finished", "finished"]);
  assertEquals(cells.map(({ runs }) => runs), [1, 2, 1]);
});

Deno.test("grid: input at fault stops the other cells before anyone is told", async () => {
  let stopped = false;
  const waiting = new CountingCell(
    "waiting",
    (signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          stopped = true;
          resolve(undefined);
        })
      ),
  );
  const wrong = new CountingCell("wrong", () => Promise.reject(new UserError("no such folder")));
  await assertRejects(async () => await run([waiting, wrong], { jobs: 2 }).standings, UserError, "no such folder");
  assertEquals(stopped, true);
});

Deno.test("grid: as many cells at once as there are jobs", async () => {
  let now = 0;
  let most = 0;
  const cells = Array.from({ length: 7 }, (_, i) =>
    new CountingCell(`${i}`, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return finished(i);
    }));
  assertEquals(statuses(await run(cells, { jobs: 3 }).standings), Array(7).fill("finished"));
  assertEquals(most, 3);
});
