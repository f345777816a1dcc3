import { assertEquals, assertStringIncludes } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import { eoq, withFolder } from "../eoq.ts";
import { writeIdxFolder } from "../data/idx_files.ts";

/** CPU flags, in Linux's words, that a path needs. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  scalar: [],
  avx2: ["avx2", "fma"],
  avxvnni: ["avx2", "fma", "avx_vnni"],
  "avx512vnni-256": ["avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"],
  avx512vnni: ["avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"],
  neon: ["asimd"],
  neondot: ["asimddp"],
  neoni8mm: ["i8mm"],
};

/** Calls `body` with $EOQ_ISA set. */
async function withIsa(value: string, body: () => Promise<void>): Promise<void> {
  const before = Deno.env.get("EOQ_ISA");
  Deno.env.set("EOQ_ISA", value);
  try {
    await body();
  } finally {
    if (before === undefined) Deno.env.delete("EOQ_ISA");
    else Deno.env.set("EOQ_ISA", before);
  }
}

Deno.test({
  name: "paths are listed worst first, and supported where the system says so",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using library = await openLibrary();
    // Deno itself reads from /proc with all permissions only, which `deno task test` does not give.
    const { stdout } = await new Deno.Command("cat", { args: ["/proc/cpuinfo"] }).output();
    const [, flags] = /^(?:flags|Features)\s*:(.*)$/m.exec(new TextDecoder().decode(stdout))!;
    const has = new Set(flags!.trim().split(" "));
    assertEquals(
      library.isaPaths().map(({ name, supported }) => [name, supported]),
      Object.entries(FLAGS).map(([name, needed]) => [name, needed.every((flag) => has.has(flag))]),
    );
  },
});

Deno.test("the path is the argument's, else the environment's, else the best", async () => {
  let best = "";
  await withIsa("", async () => {
    using library = await openLibrary();
    best = library.isaPaths().findLast((path) => path.built && path.supported)!.name;
    assertEquals([library.isa, library.isaReason], [best, "detection"]);
  });
  await withIsa("scalar", async () => {
    using library = await openLibrary();
    assertEquals([library.isa, library.isaReason], ["scalar", "environment"]);
    using named = await openLibrary({ isa: best });
    assertEquals([named.isa, named.isaReason], [best, "argument"]);
  });
});

Deno.test("doctor says of each path whether it is built, can run and why it is selected", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 20, 10);
    const doctor = ["doctor", "--data", folder];
    using library = await openLibrary();
    const detected = (await eoq(doctor, { env: { EOQ_ISA: "" } })).stdout;
    for (const { name, built, supported } of library.isaPaths()) {
      const state = built ? supported ? "built, can run" : "built, but this CPU lacks it" : "not built";
      assertStringIncludes(detected, ` ${name}: ${state}`);
    }
    const best = library.isaPaths().findLast((path) => path.built && path.supported)!.name;
    assertStringIncludes(detected, `${best}: built, can run, selected as the best that can run`);
    assertStringIncludes(
      (await eoq(doctor, { env: { EOQ_ISA: "scalar" } })).stdout,
      "scalar: built, can run, selected by EOQ_ISA",
    );
    assertStringIncludes(
      (await eoq([...doctor, "--isa", "scalar"], { env: { EOQ_ISA: best } })).stdout,
      "scalar: built, can run, selected by --isa",
    );
  }));
