import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CIFAR10, CIFAR100 } from "../../lib/data/cifar.ts";
import type { Dataset, Split } from "../../lib/data/dataset.ts";
import { type DatasetName, loadDataset } from "../../lib/data/datasets.ts";
import { identityOf } from "../../lib/data/identity.ts";
import { MNIST_FILES } from "../../lib/data/mnist.ts";
import { RunError, UserError } from "../../lib/errors.ts";
import { withFolder } from "../eoq.ts";
import { cifarRecords, writeCifarFolder } from "./cifar_files.ts";
import { idxBytes, idxImages, idxLabels, writeIdxFolder } from "./idx_files.ts";
import { gzip } from "./tar_files.ts";

/** Folders of each dataset whose images can stay in their files, and how many there are. */
const DATASETS: readonly [name: DatasetName, write: (folder: string) => Promise<void>, train: number, test: number][] =
  [
    ["mnist", (folder) => writeIdxFolder(folder, 12, 5), 12, 5],
    ["cifar10", (folder) => writeCifarFolder(CIFAR10, folder, 3, 2), 15, 2],
    ["cifar100", (folder) => writeCifarFolder(CIFAR100, folder, 4, 3), 4, 3],
  ];

/** All there is of a split, the last image first. */
const contents = ({ count, labels, image }: Split) =>
  Array.from({ length: count }, (_, i) => [labels[count - 1 - i], image(count - 1 - i).slice()]);

async function withInFiles(
  name: DatasetName,
  folder: string,
  test: (dataset: Dataset) => void | Promise<void>,
): Promise<void> {
  const dataset = await loadDataset(name, folder, { inFiles: true });
  try {
    await test(dataset);
  } finally {
    dataset.close!();
  }
}

for (const [name, write, train, test] of DATASETS) {
  Deno.test(`in files: ${name} has the images that it has in memory, in any order`, () =>
    withFolder(async (folder) => {
      await write(folder);
      const { close, ...inMemory } = await loadDataset(name, folder);
      assertEquals(close, undefined);
      await withInFiles(name, folder, async ({ close: _, ...inFiles }) => {
        assertEquals([inFiles.train.count, inFiles.test.count], [train, test]);
        assertEquals(contents(inFiles.train), contents(inMemory.train));
        assertEquals(contents(inFiles.test), contents(inMemory.test));
        assertEquals(await identityOf(inFiles), await identityOf(inMemory));
        const facts = ({ train: _train, test: _test, ...rest }: Dataset) => rest;
        assertEquals(facts(inFiles), facts(inMemory));
      });
    }));
}

Deno.test("in files: an image is read when it is asked for, and a file that has become shorter is named", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 12, 5);
    await writeCifarFolder(CIFAR10, folder, 3, 2);
    const idx = `${folder}/${MNIST_FILES.trainImages}`, records = `${folder}/data_batch_2.bin`;
    await withInFiles("mnist", folder, ({ train }) => {
      Deno.writeFileSync(idx, idxImages(12, 8, 8).fill(77, 16), { create: false });
      assertEquals(train.image(11), new Uint8Array(64).fill(77));
      Deno.truncateSync(idx, 16 + 11 * 64 + 63);
      assertThrows(() => train.image(11), RunError, `${idx}: ends before its image 11`);
      assertEquals(train.image(10), new Uint8Array(64).fill(77));
    });
    await withInFiles("cifar10", folder, ({ train }) => {
      Deno.truncateSync(records, 2 * 3073);
      assertThrows(() => train.image(5), RunError, `${records}: ends before its image 2`);
      assertEquals(train.image(6).length, 3072);
    });
  }));

Deno.test("in files: what is gzipped is read into memory, and the rest is not", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 12, 5);
    const plain = await loadDataset("mnist", folder), path = `${folder}/${MNIST_FILES.trainImages}`;
    await Deno.writeFile(`${path}.gz`, await gzip(await Deno.readFile(path)));
    await Deno.remove(path);
    await withInFiles("mnist", folder, ({ train, test }) => {
      assertEquals([contents(train), contents(test)], [contents(plain.train), contents(plain.test)]);
      Deno.truncateSync(`${path}.gz`, 0);
      Deno.truncateSync(`${folder}/${MNIST_FILES.testImages}`, 0);
      assertEquals(train.image(0).length, 64);
      assertThrows(() => test.image(0), RunError, "ends before its image 0");
    });
  }));

Deno.test("in files: every defect is the error that it is in memory, and no file stays open", () =>
  withFolder(async (folder) => {
    const refused = async (name: DatasetName) => {
      const { message } = await assertRejects(() => loadDataset(name, folder), UserError);
      assertEquals(
        (await assertRejects(() => loadDataset(name, folder, { inFiles: true }), UserError)).message,
        message,
      );
      return message;
    };
    await writeIdxFolder(folder, 12, 5);
    const images = `${folder}/${MNIST_FILES.testImages}`, whole = await Deno.readFile(images);
    for (const length of [0, 3, 15, 16, 100, whole.length - 1]) {
      await Deno.writeFile(images, whole.slice(0, length));
      assert((await refused("mnist")).startsWith(`${images}: `));
    }
    const others = [
      [Uint8Array.of(...whole, 0), "1 bytes follow the 5x8x8 images"],
      [idxLabels(5), "magic number 0x00000801"],
      [idxBytes(0x803, [0, 8, 8], new Uint8Array()), "holds no images"],
      [idxBytes(0x803, [0xffffffff, 0xffffffff, 0xffffffff], new Uint8Array(8)), "truncated"],
      [idxImages(6, 8, 8), "has 6 images but"],
      [idxImages(5, 8, 9), "has images of 8x9 but"],
    ] as const;
    for (const [bytes, words] of others) {
      await Deno.writeFile(images, bytes);
      assert((await refused("mnist")).includes(words), words);
    }
    await Deno.remove(images);
    assert((await refused("mnist")).includes("no such file"));
    await Deno.mkdir(images);
    assert((await refused("mnist")).includes("is no file"));

    await writeCifarFolder(CIFAR10, folder, 2, 1);
    const records = `${folder}/data_batch_3.bin`, two = cifarRecords(CIFAR10, 2), wrong = two.slice();
    wrong[3073] = 10;
    for (const bytes of [new Uint8Array(), two.slice(0, -1), Uint8Array.of(...two, 0), wrong]) {
      await Deno.writeFile(records, bytes);
      assert((await refused("cifar10")).startsWith(`${records}: `));
    }
    await Deno.remove(records);
    assert((await refused("cifar10")).includes("no such file"));
  }));
