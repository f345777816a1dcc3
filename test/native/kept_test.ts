import { assertEquals } from "@std/assert";
import { withFolder } from "../eoq.ts";
import { compile, run } from "./compile.ts";

Deno.test("kept: what follows from a tensor is kept once two calls found the same elements, not two runs of one", () =>
  withFolder(async (folder) => {
    await compile("kept.c", `${folder}/kept`, ["-O2"]);
    assertEquals(await run(`${folder}/kept`, []), { code: 0, stdout: "", stderr: "" });
  }));
