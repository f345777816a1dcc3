import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CIFAR10, CIFAR100, loadCifar, parseCifarSplit } from "../../lib/data/cifar.ts";
import { UserError } from "../../lib/errors.ts";
import { withFolder } from "../eoq.ts";
import { cifarRecords, writeCifarFolder } from "./cifar_files.ts";

const named = (bytes: Uint8Array<ArrayBuffer>, name = "the-file") => ({ name, bytes });

for (const layout of [CIFAR10, CIFAR100]) {
  Deno.test(`${layout.name}: planes of records become pixels in the order of the files`, () => {
    const { labelBytes } = layout, record = labelBytes + 3072;
    const counts = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 });
    const places = fc.record({ y: fc.nat(31), x: fc.nat(31), c: fc.nat(2) });
    fc.assert(fc.property(counts, places, (counts, { y, x, c }) => {
      const files = counts.map((count, f) => cifarRecords(layout, count, 10 * f));
      const split = parseCifarSplit(files.map((bytes) => named(bytes.slice())), layout);
      let image = 0;
      files.forEach((bytes, f) => {
        for (let at = 0; at < counts[f]! * record; at += record, image++) {
          assertEquals(split.labels[image], bytes[at + labelBytes - 1]);
          assertEquals(split.image(image)[(y * 32 + x) * 3 + c], bytes[at + labelBytes + c * 1024 + y * 32 + x]);
        }
      });
      assertEquals(split.count, image);
    }));
  });
}

Deno.test("cifar: every defect of a file is an error that names it", () => {
  const whole = cifarRecords(CIFAR10, 2);
  const refused = (bytes: Uint8Array<ArrayBuffer>, words: string) =>
    assertThrows(() => parseCifarSplit([named(whole, "good"), named(bytes)], CIFAR10), UserError, words);
  refused(new Uint8Array(), "the-file: the file is empty");
  refused(whole.slice(0, -1), "the-file: truncated or of another format: 3072 bytes follow");
  refused(Uint8Array.of(...whole, 0), "the-file: truncated or of another format: 1 bytes follow");
  const wrong = whole.slice();
  wrong[3073] = 10;
  refused(wrong, "the-file: label 10 of image 1 is outside the 10 classes");

  const fine = cifarRecords(CIFAR100, 2);
  fine[3074 + 1] = 100;
  assertThrows(() => parseCifarSplit([named(fine)], CIFAR100), UserError, "the-file: label 100 of image 1 is outside");
});

Deno.test("cifar: a folder of the published files", () =>
  withFolder(async (folder) => {
    await writeCifarFolder(CIFAR10, folder, 2, 3);
    const { train, test, classNames, ...shape } = await loadCifar(CIFAR10, folder);
    assertEquals([classNames?.length, classNames?.[0], classNames?.[9]], [10, "airplane", "truck"]);
    assertEquals(shape, { name: "cifar10", height: 32, width: 32, channels: 3, classes: 10 });
    assertEquals([train.count, test.count], [10, 3]);
    await Deno.remove(`${folder}/data_batch_4.bin`);
    await assertRejects(() => loadCifar(CIFAR10, folder), UserError, `${folder}/data_batch_4.bin: no such file`);
  }));

Deno.test("cifar100: the fine label is the class", () =>
  withFolder(async (folder) => {
    await writeCifarFolder(CIFAR100, folder, 120, 3);
    const { train, ...rest } = await loadCifar(CIFAR100, folder);
    assertEquals([rest.name, rest.classes, rest.test.count], ["cifar100", 100, 3]);
    assertEquals(new Set(rest.classNames).size, 100);
    assertEquals(rest.classNames, rest.classNames?.toSorted());
    assertEquals([...train.labels.subarray(98, 102)], [98, 99, 0, 1]);
  }));
