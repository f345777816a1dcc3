import { assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { COMPILERS } from "../../lib/native/compiler.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";

Deno.test("compiler: every one that is tried may be run by the tasks, and by every task that may run any", () => {
  for (const task of Object.values(manifest.tasks)) {
    const [, allowed] = /--allow-run=(\S+)/.exec(task.command) ?? [];
    if (allowed === undefined) continue;
    assertEquals(COMPILERS.filter((each) => !allowed.split(",").includes(each)), [], task.description);
  }
});

const CASES = [
  ["gcc -m64", '"gcc -m64" is no compiler that can be run: it is one program, without flags'],
  ["none-such", '"none-such"'],
] as const;

for (const [cc, said] of CASES) {
  Deno.test(`compiler: CC=${cc} is named where it cannot be run, and nothing else is tried`, () =>
    withFolder(async (folder) => {
      await writeIdxFolder(`${folder}/data`, 20, 10);
      const options = { env: { CC: cc, EOQ_CACHE: `${folder}/cache`, EOQ_LIB: "" } };
      assertRefused(await eoq(["train", "--data", `${folder}/data`], options), 2, `CC: ${said}`);
      const doctor = await eoq(["doctor", "--data", `${folder}/data`], options);
      assertEquals(doctor.code, 5);
      assertStringIncludes(doctor.stdout, `MISSING: CC: ${said}`);
    }));
}

Deno.test("compiler: one that is there but not among the permissions is named with what may be run", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    await Deno.symlink("/usr/bin/env", `${folder}/other-cc`);
    const env = { CC: `${folder}/other-cc`, EOQ_CACHE: `${folder}/cache`, EOQ_LIB: "" };
    const refused = await eoq(["train", "--data", `${folder}/data`], { env });
    assertRefused(refused, 2, `CC: Deno may not run "${folder}/other-cc", but cc, gcc`, "deno run -A cli.ts");
  }));
