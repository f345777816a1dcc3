import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MNIST_FILES } from "../../lib/data/mnist.ts";
import { parseReport, type Result } from "../../lib/report/run.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";
import { timeless } from "../train/timeless.ts";

const RUN = ["train", "--batch", "16", "--epochs", "3", "--evaluate-every", "2"];

const readReport = async (folder: string) => parseReport(JSON.parse(await Deno.readTextFile(`${folder}/results.json`)));

/** Inverts the bytes of a data file from a place on. */
async function spoil(path: string, from: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  await Deno.writeFile(path, bytes.map((byte, i) => i < from ? byte : 255 - byte));
}

/** What a run of 60 images comes to of which 20 are held out; `change` is told of the folder of its data before. */
async function validated(
  folder: string,
  change: (data: string) => Promise<void>,
  more: string[] = [],
): Promise<Result> {
  const data = `${folder}/data`;
  await writeIdxFolder(data, 60, 30);
  await change(data);
  const run = await eoq([...RUN, "--data", data, "--out", folder, "--validation", "20", "--overwrite", ...more]);
  assertEquals(run.code, 0, run.stderr);
  return timeless((await readReport(folder)).results[0]!);
}

const unchanged = () => Promise.resolve();

Deno.test("validation: accuracies are of the last training images, by that name, and the test is not used", () =>
  withFolder(async (folder) => {
    const plain = await validated(folder, unchanged);
    const { config } = await readReport(folder);
    assertEquals([config.trainImages, config.testImages, config.validationImages], [40, 0, 20]);
    assert(!("testAccuracy" in plain));
    assert(Number.isInteger(Math.round(plain.validationAccuracy! * 20 * 1e9) / 1e9));
    assertEquals(plain.history.map((epoch) => [epoch.validationAccuracy !== undefined, "testAccuracy" in epoch]), [
      [false, false],
      [true, false],
      [false, false],
    ]);

    const test = await validated(folder, (data) => spoil(`${data}/${MNIST_FILES.testImages}`, 16));
    assertEquals(test, plain);
    const header = 16, heldOut = header + 40 * 8 * 8;
    const spoilt = await validated(folder, (data) => spoil(`${data}/${MNIST_FILES.trainImages}`, heldOut));
    assertEquals(spoilt.weightsSha256, plain.weightsSha256);
    assertEquals(spoilt.history.map(({ trainLoss }) => trainLoss), plain.history.map(({ trainLoss }) => trainLoss));
    const trained = await validated(folder, (data) => spoil(`${data}/${MNIST_FILES.trainImages}`, heldOut - 64));
    assert(trained.weightsSha256 !== plain.weightsSha256);
  }));

Deno.test("validation: the images held out are the same whatever the limit of training, and eval measures them", () =>
  withFolder(async (folder) => {
    const limited = await validated(folder, unchanged, ["--train-limit", "30"]);
    const { config } = await readReport(folder);
    assertEquals([config.trainImages, config.validationImages], [30, 20]);
    // The last 20 of 60 are the test of a run whose test files hold them.
    const last = `${folder}/last`;
    await writeIdxFolder(last, 30, 20);
    for (
      const [from, to, head, bytes] of [["trainImages", "testImages", 16, 64], [
        "trainLabels",
        "testLabels",
        8,
        1,
      ]] as const
    ) {
      const body = (await Deno.readFile(`${folder}/data/${MNIST_FILES[from]}`)).subarray(head + 40 * bytes);
      const path = `${last}/${MNIST_FILES[to]}`;
      await Deno.writeFile(path, await new Blob([(await Deno.readFile(path)).subarray(0, head), body]).bytes());
    }
    assertEquals((await eoq([...RUN, "--data", last, "--out", last])).code, 0);
    const tested = (await readReport(last)).results[0]!;
    assertEquals([tested.weightsSha256, tested.testAccuracy], [limited.weightsSha256, limited.validationAccuracy]);

    const measured = await eoq(["eval", `${folder}/eoq.checkpoint`, "--json"]);
    assertEquals(timeless(parseReport(JSON.parse(measured.stdout)).results[0]!), limited);
    const printed = (await eoq(["eval", `${folder}/eoq.checkpoint`])).stdout;
    assertStringIncludes(printed, "validation ");
    assertStringIncludes(printed, "accuracy is of the last 20 training images, held out; the test images are not used");
    await writeIdxFolder(`${folder}/short`, 49, 30);
    const short = await eoq(["eval", `${folder}/eoq.checkpoint`, "--data", `${folder}/short`]);
    assertRefused(short, 2, "held out 20 of at least 50 training images", "49");
  }));

Deno.test("validation: a report is a configuration, with its images held out or with the test again", () =>
  withFolder(async (folder) => {
    await validated(folder, unchanged);
    const configOf = async (...more: string[]) => {
      const { code, stdout, stderr } = await eoq(["config", "--config", `${folder}/results.json`, ...more]);
      assertEquals([code, stderr], [0, ""]);
      const { trainImages, testImages, validationImages } = JSON.parse(stdout);
      return [trainImages, testImages, validationImages];
    };
    assertEquals(await configOf(), [40, 0, 20]);
    assertEquals(await configOf("--validation", "0"), [40, 30, 0]);
    const again = [...RUN, "--data", `${folder}/data`, "--out", folder, "--resume", "--validation", "10"];
    assertRefused(await eoq([...again, "--train-limit", "40"]), 2, "cannot resume", "validationImages 20, not 10");
  }));

Deno.test("validation: too many images, and a limit of a test that is not used, are refused", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 60, 30);
    const run = ["train", "--data", folder, "--out", `${folder}/out`];
    assertRefused(await eoq([...run, "--validation", "60"]), 2, "--validation: 60 is not below the 60 training images");
    const limited = await eoq([...run, "--validation", "5", "--test-limit", "9"]);
    assertRefused(limited, 2, "--test-limit", "validation images");
    assertRefused(await eoq([...run, "--validation", "-1"]), 2, '--validation: "-1" is not a whole number');
  }));
