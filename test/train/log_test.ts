import { assertEquals } from "@std/assert";
import { parseLogLine, ProgressLog } from "../../lib/train/log.ts";
import { initialState } from "../../lib/train/state.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { CLI, PERMISSIONS, withFolder } from "../eoq.ts";

Deno.test("log: a line at once, then one every few seconds and one at the end, which other programs can read", () => {
  const lines: string[] = [];
  let now = 0;
  const log = new ProgressLog({ write: (line) => lines.push(line), now: () => now }, 2, 400);
  for (const images of [100, 200, 300, 400]) {
    log.update({ ...initialState(), images, seconds: images / 50 });
    now += 1000;
  }
  assertEquals(lines[0], "progress 100/400 images, 50 a second");
  assertEquals(lines.map(parseLogLine), [0.25, 0.75, 1]);
  assertEquals(parseLogLine("eoq: eoq diverged: the loss is NaN at step 3"), undefined);
});

Deno.test("log: a run whose lines nobody reads any more ends", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 2000, 30);
    const train = ["train", "--data", `${folder}/data`, "--epochs", "1000", "--log", "0", "--out", `${folder}/out`];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...PERMISSIONS, CLI, ...train],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const reader = child.stderr.getReader();
    await reader.read();
    await reader.cancel();
    assertEquals((await child.status).code, 5);
  }));
