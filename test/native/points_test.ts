import { assertEquals } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import { PATHS } from "../../lib/native/paths.ts";
import { withFolder } from "../eoq.ts";
import { path, run } from "./compile.ts";

/** The paths that have kernels in points. */
const IN_POINTS = { int8: ["avx2", "avx512vnni-256", "avx512vnni"], fp32: ["avx2", "avx512vnni"] } as const;

/** What of the kernels the program needs beside those of a path. */
const SOURCES = ["core/scratch.c", "core/threads.c", "core/beside.c", "core/status.c", "conv/pass.c", "conv/shape.c"]
  .map((file) => path(`../../kernels/${file}`));
/** Leaves out what the path's other kernels need. */
const SECTIONS = ["-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"];

for (const arithmetic of ["int8", "fp32"] as const) {
  for (const name of IN_POINTS[arithmetic]) {
    Deno.test({
      name: `points: ${arithmetic} convolutions on ${name} are run in points, and give what their definition says`,
      ignore: PATHS[name]!.arch !== Deno.build.arch,
      fn: () =>
        withFolder(async (folder) => {
          using library = await openLibrary();
          if (!library.isaPaths().some((each) => each.name === name && each.supported)) return;
          const macros = [`-DPATH="${arithmetic}/simd.${name}.c"`, `-DFLOATING=${arithmetic === "fp32" ? 1 : 0}`];
          const flags = ["-std=gnu11", "-pthread", "-O2", `-I${path("../../kernels/")}`, ...PATHS[name]!.flags];
          const files = [path("points.c"), ...SOURCES, "-o", `${folder}/points`];
          const made = await run(Deno.env.get("CC") || "cc", [...flags, ...SECTIONS, ...macros, ...files]);
          assertEquals(made.code, 0, made.stderr);
          assertEquals(await run(`${folder}/points`, []), { code: 0, stdout: "", stderr: "" });
        }),
    });
  }
}
