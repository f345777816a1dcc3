import { assertEquals } from "@std/assert";
import { GridProgress } from "../../lib/paper/progress.ts";
import { finished, number } from "./cells.ts";

Deno.test("progress: cells done, those that run, and the time that the rest will take", () => {
  const lines: string[] = [];
  let now = 0;
  const progress = new GridProgress({ write: (text) => lines.push(text), width: () => 80, now: () => now });
  const [kept, first, second] = [number("kept", 0), number("first", 0), number("second", 0)];
  const done = finished(0);
  const pending = { status: "pending" } as const;
  const last = () => lines.at(-1)!.replace("\r\x1b[K", "");

  progress.change([{ cell: kept, outcome: done }, { cell: first, outcome: pending }, {
    cell: second,
    outcome: pending,
  }]);
  assertEquals(last(), "1/3 cells, ETA -  ");
  progress.progress(first, 0.5); // resumed half way
  now = 10_000;
  progress.progress(first, 0.75);
  assertEquals(last(), "1/3 cells, ETA 0:50  first 75%");
  now = 20_000;
  progress.change([{ cell: kept, outcome: done }, { cell: first, outcome: done }, { cell: second, outcome: pending }]);
  assertEquals(last(), "2/3 cells, ETA 0:40  ");
});
