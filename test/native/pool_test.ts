import { assertEquals } from "@std/assert";
import { withFolder } from "../eoq.ts";
import { compile, run } from "./compile.ts";

Deno.test("the thread pool runs every item once, whatever the sizes and threads", () =>
  withFolder(async (folder) => {
    await compile("pool.c", `${folder}/pool`, ["-O2"]);
    assertEquals(await run(`${folder}/pool`, []), { code: 0, stdout: "", stderr: "" });
  }));
