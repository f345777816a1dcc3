import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunError, UserError } from "../../lib/errors.ts";
import type { Checkpoint } from "../../lib/train/checkpoint.ts";
import { checkpointFiles, loadCheckpoint, loadNewest, saveCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { initialState } from "../../lib/train/state.ts";
import { withFolder } from "../eoq.ts";
import { sampleConfig } from "./config.ts";
import { DoubleNetwork } from "./double.ts";

function checkpointAt(step: number): Checkpoint {
  const config = { ...sampleConfig, batch: 1, trainImages: 100 };
  return {
    config,
    state: { ...initialState(), step, images: step, seconds: step },
    entries: new DoubleNetwork().state(),
  };
}

async function saveSteps(path: string, keep: number, ...steps: number[]): Promise<void> {
  for (const step of steps) await saveCheckpoint(path, checkpointAt(step), keep);
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("checkpoint files: saving replaces the file as a whole and leaves nothing beside it", () =>
  withFolder(async (folder) => {
    const path = `${folder}/c`;
    await Deno.writeTextFile(path, "old");
    await saveSteps(path, 1, 3);
    assertEquals(await loadCheckpoint(path), checkpointAt(3));
    assertEquals(names(folder), ["c"]);
  }));

Deno.test("checkpoint files: the last so many are kept, newest first", () =>
  withFolder(async (folder) => {
    const path = `${folder}/c`;
    assertEquals(await loadNewest(path), undefined);
    await saveSteps(path, 3, 1, 2, 3, 4, 5);
    assertEquals(names(folder), ["c", "c.1", "c.2"]);
    const kept = await Promise.all((await checkpointFiles(path)).map(loadCheckpoint));
    assertEquals(kept.map(({ state }) => state.step), [5, 4, 3]);
  }));

Deno.test("checkpoint files: past a damaged or missing newest, the next good one is found", () =>
  withFolder(async (folder) => {
    const path = `${folder}/c`;
    await saveSteps(path, 3, 1, 2, 3);
    const found = async () => {
      const { path, checkpoint, passed } = (await loadNewest(`${folder}/c`))!;
      return [path.slice(folder.length), checkpoint.state.step, passed.length];
    };
    assertEquals(await found(), ["/c", 3, 0]);
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.subarray(0, 100));
    assertEquals(await found(), ["/c.1", 2, 1]);
    // What a crash between two renames leaves.
    await Deno.rename(`${path}.1`, `${path}.2`);
    await Deno.remove(path);
    assertEquals(await found(), ["/c.2", 2, 0]);
    await Deno.writeTextFile(`${path}.2`, "EOQ-CKPT");
    await assertRejects(() => loadNewest(path), UserError, `${path}.2: the checkpoint is truncated`);
  }));

Deno.test("checkpoint files: what cannot be written or read is named", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const save = (path: string) => saveCheckpoint(path, checkpointAt(1));
    await assertRejects(() => save(`${folder}/file/c`), UserError, `cannot write ${folder}/file/c`);
    await assertRejects(() => save(`${folder}/none/c`), UserError, `cannot write ${folder}/none/c`);
    await assertRejects(() => loadCheckpoint(`${folder}/none`), UserError, `${folder}/none: no such checkpoint`);
    await assertRejects(() => loadCheckpoint(folder), UserError, `${folder}: the checkpoint cannot be read`);
  }));

Deno.test("checkpoint files: a full disk leaves all that was there", () =>
  withFolder(async (folder) => {
    const path = `${folder}/c`;
    await saveSteps(path, 2, 1, 2);
    await Deno.symlink("/dev/full", `${path}.tmp`);
    const error = await assertRejects(() => saveSteps(path, 2, 3), RunError, `cannot write ${path}: No space left`);
    assert(!error.message.includes("\n"));
    const kept = await Promise.all((await checkpointFiles(path)).map(loadCheckpoint));
    assertEquals(kept.map(({ state }) => state.step), [2, 1]);
    assertEquals(names(folder), ["c", "c.1"]);
  }));

Deno.test("checkpoint files: of a device that never ends, and of a large foreign file, next to nothing is read", () =>
  withFolder(async (folder) => {
    await Deno.symlink("/dev/zero", `${folder}/zero`);
    await assertRejects(() => loadCheckpoint(`${folder}/zero`), UserError, "zero: the checkpoint cannot be read");
    await Deno.writeTextFile(`${folder}/large`, "no checkpoint");
    await Deno.truncate(`${folder}/large`, 2 ** 40);
    await assertRejects(() => loadCheckpoint(`${folder}/large`), UserError, "large: not an eoq checkpoint");
  }));
