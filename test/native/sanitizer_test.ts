import { assertEquals, assertStringIncludes } from "@std/assert";
import { SANITIZER_FLAGS } from "../../lib/native/build.ts";
import { withFolder } from "../eoq.ts";
import { sanitizerEnvironment } from "../sanitizer.ts";
import { compile, path, run } from "./compile.ts";

Deno.test({
  name: "the sanitizers run under Deno, report planted errors, and only those",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const library = `${folder}/planted.so`;
      await compile("planted.c", library, ["-shared", "-fPIC", ...SANITIZER_FLAGS]);

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
