import { assertEquals } from "@std/assert";
import { WorkProgress } from "../../lib/terminal/progress.ts";

Deno.test("work progress: amounts and the time that is left at the pace since the start", () => {
  const written: string[] = [];
  let now = 0;
  const terminal = { write: (text: string) => void written.push(text), width: () => 80, now: () => now };
  const progress = new WorkProgress(terminal, "downloading", (amount) => `${amount} B`);
  progress.update(100, 400);
  now = 50;
  progress.update(101, 400);
  now = 10_000;
  progress.update(200, 400);
  // A server that starts over throws the pace away too.
  now = 11_000;
  progress.update(0, 400);
  progress.clear();
  const line = (text: string) => `\r\x1b[K${text}`;
  assertEquals(written, [
    line("downloading [#####...............] 100 B of 400 B ETA -"),
    line("downloading [##########..........] 200 B of 400 B ETA 0:20"),
    line("downloading [....................] 0 B of 400 B ETA -"),
    line(""),
  ]);
});
