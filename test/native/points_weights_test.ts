import { assertEquals } from "@std/assert";
import { withFolder } from "../eoq.ts";
import { compile, run } from "./compile.ts";

Deno.test("gradients in points are exact up to the products of a group, and are what is summed", () =>
  withFolder(async (folder) => {
    await compile("points_weights.c", `${folder}/points`, ["-O2", "-Wall", "-Wextra", "-Werror"]);
    assertEquals(await run(`${folder}/points`, []), { code: 0, stdout: "", stderr: "" });
  }));
