import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EXIT } from "../../lib/cli/exit_codes.ts";
import { aboutPlatform, requireDeno, withCure } from "../../lib/cli/requirements.ts";
import { RunError } from "../../lib/errors.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { writeImageFolder } from "../data/image_files.ts";
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

Deno.test("doctor: says that training runs wherever it runs", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    const data = ["--data", `${folder}/data`];
    using library = await openLibrary();
    const { path } = library.built;
    const cache = path.slice(0, path.lastIndexOf("/"));
    const runs = async (env: Record<string, string>, permissions = PERMISSIONS) => {
      const options = { env, permissions };
      const trained = await eoq(["train", ...data, "--epochs", "1", "--overwrite", "--out", `${folder}/out`], options);
      assertEquals(trained.code, 0, trained.stderr);
      const doctor = await eoq(["doctor", ...data], options);
      assertEquals([doctor.code, doctor.stderr], [0, ""], doctor.stdout);
      assert(!doctor.stdout.includes("MISSING"), doctor.stdout);
      return doctor.stdout;
    };
    // No home folder, but a cache; no compiler and no cache, but a library; no network, no job summary.
    const homeless = { HOME: "", XDG_CACHE_HOME: "", XDG_DATA_HOME: "", EOQ_DATA: "" };
    await runs({ ...homeless, EOQ_CACHE: cache });
    const prebuilt = await runs({ ...homeless, EOQ_CACHE: "", EOQ_LIB: path, CC: "none-such" });
    assertStringIncludes(about(prebuilt, "compiler"), "none needed");
    assertStringIncludes(about(prebuilt, "cache"), "not needed");
    const fewer = PERMISSIONS.filter((flag) => !flag.startsWith("--allow-net"))
      .map((flag) => flag.replace(",GITHUB_STEP_SUMMARY", ""));
    assertStringIncludes(about(await runs({}, fewer), "permissions"), "those that training needs; without --allow-net");
  }));

Deno.test("doctor: images of a folder that are not used are counted", () =>
  withFolder(async (folder) => {
    await writeImageFolder(`${folder}/images`, ["ant", "bee"]);
    await Deno.writeTextFile(`${folder}/images/train/ant/a.gif`, "");
    using library = await openLibrary();
    const env = { EOQ_CACHE: `${folder}/cache`, EOQ_LIB: library.built.path };
    const args = ["doctor", "--dataset", "folder", "--data", `${folder}/images`, "--image-size", "8"];
    assertStringIncludes((await eoq(args, { env })).stdout, "1 file is not used: 1 .gif");
  }));
