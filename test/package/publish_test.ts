import { assert, assertEquals } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import digests from "../../lib/package/digests.json" with { type: "json" };

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

Deno.test("package: it is published without a warning, with what it runs and without tests", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const text = stripAnsiCode(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  assertEquals(code, 0, text);
  assert(!/^warning/m.test(text), text);
  const published = [...text.matchAll(/file:\/\/(\S+) \(/g)].map(([, path]) =>
    decodeURIComponent(path!).slice(ROOT.length)
  );
  for (const path of ["mod.ts", "cli.ts", "deno.json", "README.md", ...Object.keys(digests)]) {
    assert(published.includes(path), `${path} is missing`);
  }
  assertEquals(published.filter((path) => path.startsWith("test/") || path.startsWith(".")), []);
});
