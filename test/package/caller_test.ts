import { assertEquals, assertStringIncludes } from "@std/assert";
import { CLI, eoq, withFolder } from "../eoq.ts";
import { writeIdxFolder } from "../data/idx_files.ts";

const ROOT = CLI.slice(0, CLI.lastIndexOf("/"));

const RUN = ["train", "--model", "mlp", "--batch", "10", "--epochs", "1", "--data", "data", "--out", "out"];

Deno.test("caller: paths of a task are those of the folder that it was called from", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    const { code, stdout, stderr } = await eoq(RUN, { cwd: ROOT, env: { INIT_CWD: folder } });
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "report: out/results.json");
    await Deno.stat(`${folder}/out/results.json`);
  }));

Deno.test("caller: elsewhere the working directory counts, and so it does where the caller's is gone", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    for (const [i, caller] of ["/", `${folder}/gone`, ""].entries()) {
      const run = [...RUN.slice(0, -1), `out${i}`];
      assertEquals((await eoq(run, { cwd: folder, env: { INIT_CWD: caller } })).code, 0);
      await Deno.stat(`${folder}/out${i}/results.json`);
    }
    const gone = await eoq(["summary", "mlp"], { cwd: ROOT, env: { INIT_CWD: `${folder}/gone` } });
    assertEquals(gone.code, 0);
  }));
