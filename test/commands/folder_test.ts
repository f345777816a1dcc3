import { assertEquals } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import { loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { writeImageFolder } from "../data/image_files.ts";
import { assertRefused, beforeBudgetWarning, eoq, withFolder } from "../eoq.ts";

Deno.test("folder: a run trains on image files, and its checkpoint finds them again", () =>
  withFolder(async (folder) => {
    const data = `${folder}/images`, out = `${folder}/out`;
    await writeImageFolder(data, ["ant", "bee", "cat"], { train: 4, test: 2 });
    using library = await openLibrary();
    const env = { EOQ_CACHE: `${folder}/cache`, EOQ_LIB: library.built.path };
    const train = [
      "train",
      "--dataset",
      "folder",
      "--data",
      data,
      "--epochs",
      "1",
      "--batch",
      "5",
      "--out",
      out,
      "--json",
    ];
    assertRefused(await eoq(train, { env }), 2, "--image-size N");
    const trained = await eoq([...train, "--image-size", "8"], { env });
    assertEquals([trained.code, beforeBudgetWarning(trained.stderr)], [0, ""]);
    const { config, results: [result] } = JSON.parse(trained.stdout);
    assertEquals([config.imageSize, config.trainImages, config.testImages], [8, 12, 6]);

    const evaluated = await eoq(["eval", `${out}/eoq.checkpoint`, "--json"], { env });
    assertEquals([evaluated.code, evaluated.stderr], [0, ""]);
    assertEquals(JSON.parse(evaluated.stdout).results[0].testAccuracy, result.testAccuracy);
  }));

/** A folder of images and what a run on it left, and more of the command line. */
function withRun(
  classes: string[],
  test: (data: string, out: string, run: string[], env: Record<string, string>) => Promise<void>,
) {
  return withFolder(async (folder) => {
    const data = `${folder}/images`, out = `${folder}/out`;
    await writeImageFolder(data, classes, { train: 4, test: 2 });
    using library = await openLibrary();
    const env = { EOQ_CACHE: `${folder}/cache`, EOQ_LIB: library.built.path };
    const run = ["train", "--dataset", "folder", "--data", data, "--image-size", "8", "--model", "mlp"]
      .concat(["--epochs", "1", "--batch", "5", "--out", out]);
    assertEquals((await eoq(run, { env })).code, 0);
    await test(data, out, run, env);
  });
}

Deno.test("folder: a checkpoint knows its classes by name, and takes no others for them", () =>
  withRun(["ant", "bee", "cat"], async (data, out, run, env) => {
    const path = `${out}/eoq.checkpoint`;
    assertEquals((await loadCheckpoint(path)).data?.classes, ["ant", "bee", "cat"]);
    for (const split of ["train", "test"]) await Deno.rename(`${data}/${split}/ant`, `${data}/${split}/zebra`);
    const said = 'its run knows the class "ant", the data has "zebra" instead';
    assertRefused(await eoq(["eval", path], { env }), 2, path, said);
    assertRefused(await eoq([...run, "--resume"], { env }), 2, path, `cannot resume: ${said}`);
    // As many classes in another folder.
    await writeImageFolder(`${data}-other`, ["ant", "bee", "dog"], { train: 4, test: 2 });
    assertRefused(await eoq(["eval", path, "--data", `${data}-other`], { env }), 2, '"cat"', '"dog"');
    // The same classes elsewhere are other images of them.
    await writeImageFolder(`${data}-more`, ["ant", "bee", "cat"], { train: 5, test: 3 });
    const more = await eoq(["eval", path, "--data", `${data}-more`, "--json"], { env });
    assertEquals([more.code, more.stderr], [0, ""]);
  }));

Deno.test("folder: images that changed since a run are no data to resume it on, and eval says so", () =>
  withRun(["ant", "bee"], async (data, out, run, env) => {
    const path = `${out}/eoq.checkpoint`,
      swap = async (a: string, b: string) => {
        await Deno.rename(a, `${data}/x`);
        await Deno.rename(b, a);
        await Deno.rename(`${data}/x`, b);
      };
    await swap(`${data}/train/ant/0.png`, `${data}/train/bee/1.png`);
    const resumed = await eoq([...run, "--resume"], { env });
    assertRefused(resumed, 2, path, "cannot resume: the training images are not those of its run");
    assertEquals((await eoq(["eval", path, "--json"], { env })).stderr, "");
    await swap(`${data}/train/ant/0.png`, `${data}/train/bee/1.png`);
    assertEquals((await eoq([...run, "--resume"], { env })).code, 0);

    await swap(`${data}/test/ant/0.png`, `${data}/test/bee/1.png`);
    const measured = await eoq(["eval", path, "--json"], { env });
    assertEquals(measured.code, 0);
    assertEquals(measured.stderr, "eoq: warning: the images have changed since the run was measured on them\n");
    assertRefused(await eoq([...run, "--resume"], { env }), 2, "the images that accuracy is of are not those");
  }));

Deno.test("folder: a run says what of its folder it does not use", () =>
  withRun(["ant", "bee"], async (data, out, run, env) => {
    await Deno.writeTextFile(`${data}/train/ant/a.gif`, "");
    const { code, stderr } = await eoq([...run, "--overwrite"], { env });
    assertEquals([code, beforeBudgetWarning(stderr)], [0, `eoq: warning: ${data}: 1 file is not used: 1 .gif\n`]);
    assertEquals((await loadCheckpoint(`${out}/eoq.checkpoint`)).config.trainImages, 8);
  }));

Deno.test("folder: images too large for a network are refused with the option that made them so", () =>
  withFolder(async (folder) => {
    await writeImageFolder(`${folder}/images`, ["ant", "bee"], { train: 1, test: 1 });
    using library = await openLibrary();
    const env = { EOQ_CACHE: `${folder}/cache`, EOQ_LIB: library.built.path };
    const run = ["train", "--dataset", "folder", "--data", `${folder}/images`, "--image-size", "512"];
    const refused = await eoq([...run, "--model", "resnet-8", "--out", `${folder}/out`], { env });
    assertRefused(refused, 2, "resnet-8 on images of 512x512x3", "133144", "give a smaller --image-size");
  }));
