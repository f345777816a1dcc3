import { assertEquals, assertStringIncludes } from "@std/assert";
import { SANITIZER_FLAGS } from "../../lib/native/build.ts";
import { withFolder } from "../eoq.ts";
import { sanitizerEnvironment } from "../sanitizer.ts";

const path = (relative: string) => new URL(relative, import.meta.url).pathname;

async function run(command: string, args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, env }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test({
  name: "the sanitizers run under Deno, report planted errors, and only those",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const library = `${folder}/planted.so`;
      const kernels = path("../../kernels/");
      const sources = [path("planted.c"), ...["scratch.c", "threads.c", "status.c"].map((file) => kernels + file)];
      const flags = ["-std=c11", "-shared", "-fPIC", "-pthread", `-I${kernels}`, ...SANITIZER_FLAGS];
      const compiled = await run(Deno.env.get("CC") || "cc", [...flags, ...sources, "-o", library]);
      assertEquals(compiled.code, 0, compiled.stderr);

      const env = await sanitizerEnvironment();
      const call = (name: string, argument: number) =>
        run(Deno.execPath(), ["run", "-A", path("planted.ts"), library, name, `${argument}`], env);
      for (
        const [name, harmless, harmful, report] of [
          ["planted_heap", 63, 64, "heap-buffer-overflow"],
          ["planted_scratch", 99, 100, "use-after-poison"],
          ["planted_overflow", 100, 101, "signed integer overflow"],
        ] as const
      ) {
        const good = await call(name, harmless);
        assertEquals([good.code, good.stdout], [0, "survived\n"], good.stderr);
        const bad = await call(name, harmful);
        assertEquals([bad.code, bad.stdout], [1, ""], name);
        assertStringIncludes(bad.stderr, report);
      }
    }),
});
