import { assert, assertEquals } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import manifest from "../deno.json" with { type: "json" };

Deno.test("doc: the examples run", async () => {
  const [, ...args] = manifest.tasks["test:doc"].command.split(" ");
  const cwd = decodeURIComponent(new URL("../", import.meta.url).pathname);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd, stdin: "null" }).output();
  const text = stripAnsiCode(new TextDecoder().decode(stdout));
  assertEquals(code, 0, text + new TextDecoder().decode(stderr));
  for (const file of [/mod\.ts#\S+ \.\.\./, /README\.md#\S+ \.\.\./]) assert(file.test(text), text);
});

Deno.test("doc: the files that CONTRIBUTING.md names are there", async () => {
  const text = await Deno.readTextFile(new URL("../CONTRIBUTING.md", import.meta.url));
  const paths = [...text.matchAll(/`([\w.]+(?:\/[\w.]+)*\/?)`/g)].map(([, path]) => path!).filter((path) =>
    path.includes("/") && !path.includes(".isa.")
  );
  assert(paths.length > 20);
  for (const path of paths) await Deno.stat(new URL(`../${path}`, import.meta.url));
});
