import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EXIT } from "../../lib/cli/exit_codes.ts";
import { aboutPlatform, requireDeno, withCure } from "../../lib/cli/requirements.ts";
import { RunError } from "../../lib/errors.ts";
import { eoq, PERMISSIONS, withFolder } from "../eoq.ts";

/** The line of a topic. */
const about = (stdout: string, topic: string) => stdout.split("\n").find((line) => line.startsWith(`${topic} `)) ?? "";

Deno.test("doctor: a cache that cannot be written and a dataset that is not here, each with its cure", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const env = { EOQ_CACHE: `${folder}/file/cache`, EOQ_DATA: folder };
    const { code, stdout, stderr } = await eoq(["doctor", "--dataset", "cifar100"], { env });
    assertEquals([code, stderr], [EXIT.failed, "eoq: training cannot run: cache, library, cifar100\n"]);
    assertStringIncludes(about(stdout, "cache"), "MISSING: ");
    assertStringIncludes(about(stdout, "cache"), "set EOQ_CACHE to another folder");
    assertStringIncludes(about(stdout, "cifar100"), "eoq data get cifar100");
  }));

Deno.test("doctor: permissions that Deno lacks are named, and so is what they keep from working", async () => {
  const without = PERMISSIONS.filter((flag) => flag !== "--allow-ffi").map((flag) => flag.replace("=cpus,", "="));
  const { code, stdout, stderr } = await eoq(["doctor"], { permissions: without });
  assertEquals([code, stderr], [EXIT.failed, "eoq: training cannot run: machine, permissions, library\n"]);
  assertStringIncludes(
    about(stdout, "permissions"),
    "MISSING: --allow-ffi --allow-sys=cpus: start eoq with deno task eoq",
  );
  assertStringIncludes(about(stdout, "library"), "ffi access");
  assertStringIncludes(about(stdout, "library"), "see permissions");

  const none = await eoq(["doctor"], { permissions: ["--no-prompt"] });
  assertEquals(none.code, EXIT.failed);
  for (const flag of PERMISSIONS.filter((flag) => /-(read|write|ffi|net|sys|env)/.test(flag))) {
    assertStringIncludes(about(none.stdout, "permissions"), flag);
  }
});

Deno.test("doctor: versions of Deno and systems that eoq does not run on", () => {
  requireDeno(Deno.version.deno);
  requireDeno("3.0.0");
  assertThrows(() => requireDeno("2.8.9"), RunError, "Deno 2.8.9 is too old, 2.9 is needed: deno upgrade");
  assertThrows(() => requireDeno("1.46.3"), RunError, "deno upgrade");
  assertEquals(aboutPlatform("linux", "x86_64"), null);
  assert(aboutPlatform("linux", "aarch64")?.includes("under emulation only"));
  assert(aboutPlatform("darwin", "aarch64")?.includes("no test of eoq has run on darwin with aarch64"));
  assertThrows(() => aboutPlatform("windows", "x86_64"), RunError, "use Linux");
});

Deno.test("doctor: a compiler without the C library's headers", () => {
  const error = new RunError("cc failed on the kernels: isa.c:1:10: fatal error: stdint.h: No such file or directory");
  assertStringIncludes(withCure(error), "apt-get install libc6-dev");
  assertEquals(withCure(new RunError("cc failed on the kernels: isa.c: error: x")).includes("apt-get"), false);
});
