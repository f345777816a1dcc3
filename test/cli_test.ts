import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../lib/commands/commands.ts";
import { VERSION } from "../lib/report/version.ts";
import { MNIST_FILES } from "../lib/data/mnist.ts";
import { idxBytes, idxImages, idxLabels, writeIdxFolder } from "./data/idx_files.ts";
import { assertRefused, CLI, eoq, PERMISSIONS, withFolder } from "./eoq.ts";

const NO_PERMISSIONS = { permissions: ["--no-prompt"] };

/** Text without the line breaks and columns of its layout. */
const oneLine = (text: string) => text.replaceAll(/\s+/g, " ");

Deno.test("cli: help and version need no permission", async () => {
  const overview = await eoq(["--help"], NO_PERMISSIONS);
  assertEquals([overview.code, overview.stderr], [0, ""]);
  const welcome = await eoq([], NO_PERMISSIONS);
  assertEquals([welcome.code, welcome.stderr], [0, ""]);
  assert(welcome.stdout.split("\n").every((line) => line.length <= 80));
  for (const { name, summary } of COMMANDS) {
    assertStringIncludes(oneLine(welcome.stdout), `${name} ${summary}`);
  }
  assert(overview.stdout.split("\n").every((line) => line.length <= 80));
  for (const { name, summary } of COMMANDS) {
    assertStringIncludes(oneLine(overview.stdout), `${name} ${summary}`);
    const { code, stdout, stderr } = await eoq([name, "--help"], NO_PERMISSIONS);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `Usage: eoq ${name}`);
    assert(stdout.split("\n").every((line) => line.length <= 80));
  }
  assertEquals((await eoq(["--version"], NO_PERMISSIONS)).stdout, `eoq ${VERSION}\n`);
});

Deno.test("cli: unknown words are refused before anything is loaded", async () => {
  assertRefused(await eoq(["compar"], NO_PERMISSIONS), 2, '"compar"', "compare");
  assertRefused(await eoq(["--hepl"], NO_PERMISSIONS), 2, '"--hepl"', "--help");
  assertRefused(await eoq(["compare", "--bach", "1"], NO_PERMISSIONS), 2, '"--bach"', "--batch");
  assertRefused(await eoq(["train", "--batch", "0"], NO_PERMISSIONS), 2, "--batch", '"0"');
});

Deno.test("cli: a permission that is missing is named in one line", async () => {
  assertRefused(await eoq(["eval", "a-file"], NO_PERMISSIONS), 5, "permission denied by Deno", "read access");
});

Deno.test("cli: where stderr is full, exit codes are what they were, and runs go on", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    const run = ["--data", `${folder}/data`, "--model", "mlp", "--batch", "10", "--epochs", "1", "--out", folder];
    for (const [args, expected] of [[["eval", "no-file"], 2], [["train", ...run], 0], [["lern"], 2]] as const) {
      const words = [Deno.execPath(), "run", "--quiet", ...PERMISSIONS, CLI, ...args];
      const { code } = await new Deno.Command("bash", { args: ["-c", 'exec "$@" 2>/dev/full', "bash", ...words] })
        .output();
      assertEquals(code, expected, args.join(" "));
    }
  }));

Deno.test("cli: bad data is refused by the file's name and earlier results stay", () =>
  withFolder(async (folder) => {
    const data = `${folder}/data`;
    const out = `${folder}/out`;
    await Deno.mkdir(out);
    await Deno.writeTextFile(`${out}/results.json`, "earlier");
    const refused = async (file: string, bytes: Uint8Array, ...words: string[]) => {
      await writeIdxFolder(data, 20, 10);
      await Deno.writeFile(`${data}/${file}`, bytes);
      assertRefused(await eoq(["compare", "--data", data, "--out", out]), 2, file, ...words);
      assertEquals(await Deno.readTextFile(`${out}/results.json`), "earlier");
    };
    await refused(MNIST_FILES.trainImages, idxImages(20, 8, 8).slice(0, 500), "truncated");
    await refused(MNIST_FILES.testLabels, new Uint8Array(), "empty");
    await refused(MNIST_FILES.testImages, idxLabels(10), "magic number 0x00000801");
    await refused(MNIST_FILES.testLabels, idxBytes(0x801, [10], new Uint8Array(10).fill(11)), "label 11 of image 0");
    await refused(MNIST_FILES.trainLabels, idxLabels(19), "20 images", "19 labels");
    await refused(MNIST_FILES.trainImages, idxImages(20, 8, 9), "8x8", "8x9");
    await Deno.remove(`${data}/${MNIST_FILES.trainImages}`);
    assertRefused(await eoq(["compare", "--data", data, "--out", out]), 2, MNIST_FILES.trainImages, "no such file");
    assertRefused(await eoq(["train", "--data", `${folder}/none`]), 2, "--data", `${folder}/none`);
  }));

Deno.test("cli: images that the network cannot take are refused", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 4, 4);
    await Deno.writeFile(`${folder}/${MNIST_FILES.trainImages}`, idxImages(4, 3, 3));
    await Deno.writeFile(`${folder}/${MNIST_FILES.testImages}`, idxImages(4, 3, 3));
    assertRefused(await eoq(["train", "--data", folder]), 2, "at least 4x4 pixels, not 3x3");
  }));

Deno.test("cli: a missing compiler says which package to install", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    const env = { PATH: folder, EOQ_CACHE: `${folder}/cache`, CC: "" };
    const options = { env };
    assertRefused(await eoq(["compare", "--data", `${folder}/data`], options), 2, "C compiler", "apt-get install gcc");

    const doctor = await eoq(["doctor", "--data", `${folder}/data`], options);
    assertEquals([doctor.code, doctor.stderr], [5, "eoq: training cannot run: compiler, library\n"]);
    assertStringIncludes(doctor.stdout, "MISSING: none found: install one");
  }));

Deno.test("cli: folders that cannot be written are named before training", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    await Deno.writeTextFile(`${folder}/file`, "");
    const compare = ["compare", "--data", `${folder}/data`, "--out"];
    assertRefused(await eoq([...compare, `${folder}/file/out`]), 2, "cannot write", `${folder}/file/out`);
    const env = { EOQ_CACHE: `${folder}/file/cache` };
    assertRefused(await eoq([...compare, `${folder}/out`], { env }), 2, "cannot write", `${folder}/file/cache`);
  }));

Deno.test("cli: settings of the machine that cannot be are refused", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 20, 10);
    const train = ["train", "--data", folder];
    for (const command of [train, ["doctor"]]) {
      assertRefused(await eoq([...command, "--isa", "avx3"]), 2, '"avx3"', "did you mean avx2?", "scalar");
    }
    assertRefused(await eoq(train, { env: { EOQ_ISA: "avx3" } }), 2, '"avx3"', "scalar");
    assertRefused(await eoq(train, { env: { EOQ_THREADS: "0" } }), 2, "EOQ_THREADS", '"0"');
    assertRefused(await eoq(train, { env: { EOQ_LIB: `${folder}/none.so` } }), 2, `${folder}/none.so`);
  }));

Deno.test("cli: what is no checkpoint is refused", () =>
  withFolder(async (folder) => {
    const file = `${folder}/c`;
    assertRefused(await eoq(["eval", file]), 2, file, "no such checkpoint");
    await Deno.writeTextFile(file, "a foreign file that is long enough to hold a prefix and a digest");
    assertRefused(await eoq(["eval", file]), 2, file, "not an eoq checkpoint");
    await Deno.writeTextFile(file, "EOQ-CKPT and then nothing of use");
    assertRefused(await eoq(["eval", file]), 2, file, "truncated or corrupted");
  }));

Deno.test("cli: doctor says what there is", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 20, 10);
    const { code, stdout } = await eoq(["doctor", "--data", folder, "--isa", "scalar", "--threads", "1"]);
    assertEquals(code, 0, stdout);
    for (const part of ["scalar: built, can run, selected by --isa", "1 thread", "20 + 10 images of 8x8x1"]) {
      assertStringIncludes(stdout, part);
    }
  }));
