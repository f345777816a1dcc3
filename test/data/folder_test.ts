import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import type { Split } from "../../lib/data/dataset.ts";
import { loadDataset } from "../../lib/data/datasets.ts";
import { loadFolder } from "../../lib/data/folder.ts";
import { openPixelFile, writePixelFile } from "../../lib/data/pixel_file.ts";
import { RunError, UserError } from "../../lib/errors.ts";
import { withFolder } from "../eoq.ts";
import sharp from "sharp";
import { colourOf, plainPng, writeImageFolder } from "./image_files.ts";

const CLASSES = ["ant", "bee", "cat"];

/** A folder for images, and for the cache of what they are decoded to. */
function withImages(test: (folder: string, cache: string) => Promise<void>): Promise<void> {
  return withFolder(async (root) => {
    const before = Deno.env.get("EOQ_CACHE");
    Deno.env.set("EOQ_CACHE", `${root}/cache`);
    try {
      await test(`${root}/images`, `${root}/cache/images`);
    } finally {
      if (before === undefined) Deno.env.delete("EOQ_CACHE");
      else Deno.env.set("EOQ_CACHE", before);
    }
  });
}

/** Label and colour of each image, all of one colour each. */
function colours(split: Split): string[] {
  return Array.from(split.labels, (label, i) => {
    const pixels = split.image(i).slice();
    const colour = pixels.subarray(0, 3);
    assertEquals(pixels, new Uint8Array(pixels.length).map((_, at) => colour[at % 3]!));
    return `${label}: ${colour}`;
  });
}

const expected = (count: number) =>
  CLASSES.flatMap((_, label) => Array.from({ length: count }, (_, i) => `${label}: ${colourOf(label, i)}`));

Deno.test("folder: every image once, with the label of its class, in a mixed order that stays", () =>
  withImages(async (folder, cache) => {
    await writeImageFolder(folder, CLASSES, { train: 7, test: 2 });
    const dataset = await loadFolder(folder, { imageSize: 8 });
    const { train, test, close, ...shape } = dataset;
    assertEquals(shape, { name: "folder", height: 8, width: 8, channels: 3, classes: 3, classNames: CLASSES });
    assertEquals(colours(train).toSorted(), expected(7).toSorted());
    assertEquals(colours(test).toSorted(), expected(2).toSorted());
    assert(new Set(train.labels.subarray(0, 7)).size > 1, "the first images are all of one class");

    const files = [...Deno.readDirSync(cache)].map(({ name }) => name);
    const again = await loadFolder(folder, { imageSize: 8, onDecoded: () => assert(false, "decoded again") });
    assertEquals(colours(again.train), colours(train));
    assertEquals([...Deno.readDirSync(cache)].map(({ name }) => name), files);
    again.close!();
    close!();
  }));

Deno.test("folder: an image moved into another's place is decoded anew, though size and time are the same", () =>
  withImages(async (folder) => {
    await writeImageFolder(folder, CLASSES);
    const load = async () => {
      const { train, close } = await loadFolder(folder, { imageSize: 8 });
      const found = colours(train);
      close!();
      return found;
    };
    const time = new Date(2020, 1, 1), size = 100;
    const [one, other] = ["ant/0.png", "ant/1.png"].map((name) => `${folder}/train/${name}`) as [string, string];
    for (const [path, red] of [[one, 1], [other, 2]] as const) {
      const png = await plainPng(8, 8, [red, 0, 0]);
      await Deno.writeFile(path, Uint8Array.of(...png, ...new Uint8Array(size - png.length)));
      await Deno.utime(path, time, time);
    }
    const before = await load();
    assert(before.includes("0: 1,0,0") && before.includes("0: 2,0,0"));
    await Deno.rename(one, `${one}.x`);
    await Deno.rename(other, one);
    await Deno.rename(`${one}.x`, other);
    const swapped = { "0: 1,0,0": "0: 2,0,0", "0: 2,0,0": "0: 1,0,0" } as Record<string, string>;
    assertEquals(await load(), before.map((each) => swapped[each] ?? each));
  }));

Deno.test("folder: a changed image and another size are decoded anew", () =>
  withImages(async (folder) => {
    await writeImageFolder(folder, CLASSES);
    const first = await loadFolder(folder, { imageSize: 8 });
    await Deno.writeFile(`${folder}/train/bee/1.png`, await plainPng(50, 50, [1, 2, 3]));
    const second = await loadFolder(folder, { imageSize: 8 });
    assertNotEquals(colours(second.train), colours(first.train));
    assert(colours(second.train).includes("1: 1,2,3"));
    const larger = await loadFolder(folder, { imageSize: 16 });
    assertEquals(larger.train.image(0).length, 16 * 16 * 3);
    for (const { close } of [first, second, larger]) close!();
  }));

Deno.test("folder: val serves where there is no test, other files are left alone", () =>
  withImages(async (folder) => {
    await writeImageFolder(folder, CLASSES, { testName: "val" });
    await Deno.writeTextFile(`${folder}/train/ant/notes.txt`, "no image");
    await Deno.writeTextFile(`${folder}/train/ant/.hidden.png`, "no image");
    await Deno.writeFile(`${folder}/train/ant/UPPER.PNG`, await plainPng(5, 5, [7, 7, 7]));
    const { train, test, close } = await loadFolder(folder, { imageSize: 4 });
    assertEquals([train.count, test.count], [10, 6]);
    close!();
  }));

Deno.test("folder: what is missing, empty or broken is one line that names it", () =>
  withImages(async (folder, cache) => {
    const refused = async (words: string) => {
      const { message } = await assertRejects(() => loadFolder(folder, { imageSize: 8 }), UserError, words);
      assert(!message.includes("\n"), message);
    };
    await refused(`${folder}: has no train/CLASS folders`);
    await Deno.mkdir(`${folder}/train/ant`, { recursive: true });
    await refused(`${folder}/train: has 1 class folders`);
    await Deno.mkdir(`${folder}/train/bee`);
    await refused(`${folder}/train/ant: has no PNG or JPEG files`);
    await Deno.remove(folder, { recursive: true });
    await writeImageFolder(folder, CLASSES);
    await Deno.rename(`${folder}/test/bee`, `${folder}/test/wasp`);
    await refused(`${folder}/test/wasp: no class of ${folder}/train`);
    await Deno.rename(`${folder}/test`, `${folder}/holdout`);
    await refused(`${folder}: has neither test/CLASS nor val/CLASS`);
    await Deno.mkdir(`${folder}/test`);
    await refused(`${folder}/test: has no PNG or JPEG files`);
    await Deno.remove(`${folder}/test`);
    await Deno.rename(`${folder}/holdout`, `${folder}/test`);
    await Deno.rename(`${folder}/test/wasp`, `${folder}/test/bee`);
    await Deno.symlink(`${folder}/nowhere`, `${folder}/test/bee/link.png`);
    await refused(`${folder}/test/bee/link.png: no such file`);
    await Deno.remove(`${folder}/test/bee/link.png`);
    await Deno.writeTextFile(`${folder}/train/cat/0.png`, "no image");
    await refused(`${folder}/train/cat/0.png: cannot be decoded`);
    // Nothing half-decoded is taken for whole afterwards.
    await Deno.writeFile(`${folder}/train/cat/0.png`, await plainPng(5, 5, [7, 7, 7]));
    const { train, close } = await loadFolder(folder, { imageSize: 8 });
    assertEquals(train.count, 9);
    close!();
    assert([...Deno.readDirSync(cache)].length > 0);
  }));

Deno.test("folder: the size must be said, and only here", async () => {
  await assertRejects(() => loadDataset("folder"), UserError, "--data DIR");
  await assertRejects(() => loadDataset("folder", "somewhere"), UserError, "--image-size N");
  await assertRejects(() => loadDataset("mnist", undefined, { imageSize: 8 }), UserError, "--image-size");
});

Deno.test("pixel file: a thousand classes, and two that write it at once", () =>
  withFolder(async (folder) => {
    const path = `${folder}/pixels`, count = 1000;
    const shape = { height: 1, width: 2, channels: 1 };
    let decodings = 0;
    const decode = (i: number) => {
      decodings++;
      return Promise.resolve(Uint8Array.of(i & 255, i >> 8));
    };
    const source = { count, bytesPerImage: 2, decode };
    await Promise.all([writePixelFile(path, source), writePixelFile(path, source)]);
    assertEquals(decodings, count);
    using split = openPixelFile(path, shape, Int16Array.from({ length: count }, (_, i) => i));
    for (const i of [999, 0, 256, 998]) assertEquals([...split.image(i)], [i & 255, i >> 8]);
    assertEquals(split.labels[999], 999);
    await Deno.truncate(path, 1001);
    assertEquals([...split.image(499)], [499 & 255, 1]);
    assertThrows(() => split.image(500), RunError, `${path}: ends before its image 500`);
  }));

Deno.test("pixel file: a folder that cannot be written is named", () =>
  withFolder(async (folder) => {
    const source = { count: 1, bytesPerImage: 1, decode: () => Promise.resolve(Uint8Array.of(1)) };
    const path = `${folder}/none/pixels`;
    await assertRejects(() => writePixelFile(path, source), UserError, `cannot write ${path}`);
    assertThrows(() => openPixelFile(path, { height: 1, width: 1, channels: 1 }, new Int16Array(1)), UserError, path);
  }));

for (
  const [how, damage] of [
    ["is all zeros", (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(0)],
    ["has one flipped bit", (bytes: Uint8Array<ArrayBuffer>) => bytes.with(5, bytes[5]! ^ 1)],
    ["lost its digest", (bytes: Uint8Array<ArrayBuffer>) => bytes.subarray(0, -32)],
    ["is empty", () => new Uint8Array()],
  ] as const
) {
  Deno.test(`folder: decoded images whose file ${how} are decoded anew`, () =>
    withImages(async (folder, cache) => {
      await writeImageFolder(folder, CLASSES);
      const first = await loadFolder(folder, { imageSize: 8 });
      const before = [colours(first.train), colours(first.test)];
      first.close!();
      for (const { name } of Deno.readDirSync(cache)) {
        const path = `${cache}/${name}`;
        await Deno.writeFile(path, damage(await Deno.readFile(path)));
      }
      const again = await loadFolder(folder, { imageSize: 8 });
      assertEquals([colours(again.train), colours(again.test)], before);
      again.close!();
    }));
}

Deno.test("folder: all images that cannot be decoded are named at once, of both splits", () =>
  withImages(async (folder) => {
    await writeImageFolder(folder, CLASSES);
    const paths = ["train/ant/0.png", "train/cat/2.png", "test/bee/1.png"].map((path) => `${folder}/${path}`);
    for (const path of paths) await Deno.writeTextFile(path, "no image");
    await Deno.writeFile(
      paths[0]!,
      await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } }).webp().toBuffer(),
    );
    const { message } = await assertRejects(() => loadFolder(folder, { imageSize: 8 }), UserError);
    for (const path of paths) assert(message.includes(`${path}: cannot be decoded`), message);
    assertEquals(message.split("cannot be decoded").length, 4);
    assert(!message.includes("\n"));
  }));

Deno.test("folder: every JPEG and PNG is used, and what is not used is counted by kind", () =>
  withImages(async (folder) => {
    await writeImageFolder(folder, CLASSES);
    const used: string[] = [];
    const load = async () => {
      const lines: string[] = [];
      const { train, test, close } = await loadFolder(folder, { imageSize: 4, onLeftOut: (line) => lines.push(line) });
      close!();
      return { counts: [train.count, test.count], lines };
    };
    assertEquals(await load(), { counts: [9, 6], lines: [] });

    const png = await plainPng(5, 5, [7, 7, 7]), jpeg = await sharp(png).jpeg().toBuffer();
    for (const name of ["a.jpe", "b.jfif", "c.JPEG", "d.jpg", "e.JFIF"]) {
      await Deno.writeFile(`${folder}/train/ant/${name}`, jpeg);
      used.push(name);
    }
    for (const name of ["a.gif", "b.gif", "c.webp", "notes", "train.tar.gz"]) {
      await Deno.writeTextFile(`${folder}/train/bee/${name}`, "");
    }
    await Deno.writeTextFile(`${folder}/train/bee/.hidden.gif`, "");
    await Deno.symlink("gone", `${folder}/train/ant/notes.txt`);
    await Deno.symlink("gone", `${folder}/train/gone`);
    await Deno.mkdir(`${folder}/train/cat/sub/deeper`, { recursive: true });
    await Deno.symlink(`${folder}/train`, `${folder}/train/cat/sub/circle`);
    await Deno.writeFile(`${folder}/train/cat/sub/1.png`, png);
    await Deno.writeFile(`${folder}/train/cat/sub/deeper/2.png`, png);
    await Deno.writeFile(`${folder}/train/3.png`, png);
    await Deno.mkdir(`${folder}/val/ant`, { recursive: true });
    await Deno.writeFile(`${folder}/val/ant/4.png`, png);
    const { counts, lines } = await load();
    assertEquals(counts, [9 + used.length, 6]);
    assertEquals(lines, [
      `${folder}: 10 files are not used: 2 .gif, 2 in folders below a class, 1 outside class folders, ` +
      "1 link or device, 1 .webp, 1 without an extension, 1 .gz, 1 in val",
    ]);
  }));
