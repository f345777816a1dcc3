import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, eoq, eoqWithFileLimit, withFolder } from "../eoq.ts";
import { loadNpz } from "../export/reader/npz.ts";
import { loadSafetensors } from "../export/reader/safetensors.ts";
import { readModel } from "../export/reader/model.ts";

/** A checkpoint of lenet on MNIST, of an earlier version. */
async function unpack(folder: string): Promise<string> {
  const packed = await Deno.open(new URL("../pinned/lenet.checkpoint.gz", import.meta.url));
  const path = `${folder}/run.checkpoint`;
  await Deno.writeFile(path, packed.readable.pipeThrough(new DecompressionStream("gzip")));
  return path;
}

const filesOf = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("export: each format goes beside the checkpoint or where --out says, and is never written over", () =>
  withFolder(async (folder) => {
    const checkpoint = await unpack(folder);
    const { code, stdout, stderr } = await eoq(["export", checkpoint]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(filesOf(folder), ["run.checkpoint", "run.onnx"]);
    assertStringIncludes(stdout, `${folder}/run.onnx`);
    assert(stdout.split("\n").every((line) => line.length < 100 + folder.length), stdout);
    const onnx = await Deno.readFile(`${folder}/run.onnx`), { metadata, producer } = readModel(onnx);
    assertEquals([metadata.model, metadata.method, metadata.image], ["lenet", "eoq", "28x28x1"]);
    assertStringIncludes(producer, "eoq ");
    assertStringIncludes(stdout, metadata.weights_sha256!.slice(0, 12));
    assertRefused(await eoq(["export", checkpoint]), 2, "run.onnx", "--overwrite");
    assertEquals((await eoq(["export", checkpoint, "--overwrite"])).code, 0);
    assertEquals(await Deno.readFile(`${folder}/run.onnx`), onnx, "the same weights are the same bytes");

    for (const format of ["npz", "safetensors"]) {
      const { code, stderr } = await eoq(["export", checkpoint, "--format", format, "-o", `${folder}/new/${format}`]);
      assertEquals([code, stderr], [0, ""]);
    }
    assertEquals(filesOf(`${folder}/new`), ["npz", "safetensors"]);
    const arrays = loadNpz(await Deno.readFile(`${folder}/new/npz`));
    const { tensors } = loadSafetensors(await Deno.readFile(`${folder}/new/safetensors`));
    assertEquals(arrays.get("conv1.weights")!.values, tensors.get("conv1.weights")!.values);
  }));

Deno.test("export: what it cannot read or write is one line, and leaves nothing", () =>
  withFolder(async (folder) => {
    const checkpoint = await unpack(folder), before = filesOf(folder);
    assertRefused(await eoq(["export"]), 2, "eoq export needs FILE");
    assertRefused(await eoq(["export", `${folder}/none`]), 2, "none: no such checkpoint");
    assertRefused(await eoq(["export", checkpoint, "--format", "onxn"]), 2, "onxn", "did you mean onnx");
    assertRefused(await eoq(["export", checkpoint, "--out", folder]), 2, "--out", folder, "is a folder");
    const file = `${folder}/file`;
    await Deno.writeTextFile(file, "mine");
    assertRefused(await eoq(["export", file]), 2, "file: not an eoq checkpoint");
    assertRefused(await eoq(["export", checkpoint, "--out", `${file}/below`]), 2, "file");
    assertEquals(await Deno.readTextFile(file), "mine");
    const bytes = await Deno.readFile(checkpoint);
    await Deno.writeFile(file, bytes.subarray(0, bytes.length - 9));
    assertRefused(await eoq(["export", file]), 2, "truncated");
    await Deno.remove(file);
    assertRefused(await eoqWithFileLimit(["export", checkpoint], 16), 5, "run.onnx");
    assertEquals(filesOf(folder), before);
  }));

Deno.test("export: --calibrate finds exponents on images of the run; other formats and methods have no use for it", () =>
  withFolder(async (folder) => {
    const data = `${folder}/data`;
    await writeIdxFolder(data, 40, 10);
    const train = ["train", "--model", "lenet", "--method", "wageubn", "--out", `${folder}/run`];
    assertEquals((await eoq([...train, "--batch", "8", "--images", "32", "--test-limit", "10"])).code, 0);
    const checkpoint = await unpack(folder), out = `${folder}/fixed.onnx`;
    const { code, stderr } = await eoq(["export", checkpoint, "--calibrate", "20", "-o", out]);
    assertEquals([code, stderr], [0, ""]);
    const { operators, metadata } = readModel(await Deno.readFile(out));
    assertEquals(metadata.calibration_images, "20");
    assertEquals(operators.filter(({ operator }) => operator === "QLinearConv").length, 4);
    const refused = async (args: readonly string[], ...words: string[]) =>
      assertRefused(await eoq(["export", ...args]), 2, ...words);
    await refused([checkpoint, "--calibrate", "9", "--format", "npz"], "--calibrate", "npz");
    await refused([checkpoint, "--data", data], "--data", "--calibrate");
    await refused([checkpoint, "--calibrate", "9", "--data", data], "--calibrate", "8x8x1", "28x28x1");
    await refused([`${folder}/run/wageubn.checkpoint`, "--calibrate", "9"], "--calibrate", "conv1.norm");
    assertEquals(filesOf(folder), ["data", "fixed.onnx", "run", "run.checkpoint"]);
  }));
