import { assert, assertEquals } from "@std/assert";
import { LANES, testFiles } from "./lanes.ts";

const SCRIPT = decodeURIComponent(new URL("lanes.ts", import.meta.url).pathname);

Deno.test("lanes: every test file is in one lane, as `deno test` finds them", async () => {
  const files = await testFiles(["test"]);
  assertEquals(files.length, new Set(files).size);
  assert(files.includes("test/lanes_test.ts") && files.includes("test/kernels/int8/update_test.ts"));
  const all = await new Deno.Command("git", { args: ["ls-files", "*_test.ts"] }).output();
  const known = new TextDecoder().decode(all.stdout).trim().split("\n");
  assertEquals(known.filter((path) => !files.includes(path)), []);
  assertEquals(LANES, 2);
});

Deno.test("lanes: a failure in either of them is one of all", async () => {
  const folder = await Deno.makeTempDir();
  const text = (passes: boolean) => `Deno.test("a", () => { if (!${passes}) throw new Error("no"); });`;
  for (const [one, two, code] of [[true, true, 0], [false, true, 1], [true, false, 1]] as const) {
    await Deno.writeTextFile(`${folder}/one_test.ts`, text(one));
    await Deno.writeTextFile(`${folder}/two_test.ts`, text(two));
    // What they print would be counted with the tests here.
    const args = ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-run", SCRIPT, folder];
    assertEquals(
      (await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).output()).code,
      code,
    );
  }
  await Deno.remove(folder, { recursive: true });
});
