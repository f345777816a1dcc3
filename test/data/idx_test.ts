import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseIdxImages, parseIdxLabels, parseIdxSplit } from "../../lib/data/idx.ts";
import { UserError } from "../../lib/errors.ts";
import { idxBytes, idxImages, idxLabels } from "./idx_files.ts";

const named = (bytes: Uint8Array<ArrayBuffer>, name = "the-file") => ({ name, bytes });

Deno.test("idx: any images come back as they were written", () => {
  const size = fc.integer({ min: 1, max: 9 });
  fc.assert(fc.property(size, size, size, fc.infiniteStream(fc.nat(255)), (count, height, width, stream) => {
    const body = Uint8Array.from([...stream.take(count * height * width)]);
    const parsed = parseIdxImages(named(idxBytes(0x803, [count, height, width], body)));
    assertEquals(parsed, { count, height, width, pixels: parsed.pixels });
    assertEquals([...parsed.pixels], [...body]);
  }));
});

Deno.test("idx: every proper prefix is an error that names the file", () => {
  const whole = idxImages(2, 3, 2);
  for (let length = 0; length < whole.byteLength; length++) {
    const message = assertThrows(() => parseIdxImages(named(whole.slice(0, length))), UserError, "the-file").message;
    assert(message.includes(length === 0 ? "empty" : "truncated"), message);
    assert(!message.includes("\n"));
  }
});

Deno.test("idx: bytes behind the end are an error", () => {
  const bytes = Uint8Array.of(...idxLabels(5), 0, 0);
  assertThrows(() => parseIdxLabels(named(bytes), 10), UserError, "the-file: 2 bytes follow the 5 labels");
});

Deno.test("idx: another magic number is an error that shows both", () => {
  assertThrows(() => parseIdxImages(named(idxLabels(5))), UserError, "magic number 0x00000801, expected 0x00000803");
  assertThrows(() => parseIdxLabels(named(idxImages(1, 2, 2)), 10), UserError, "the-file: not an idx file of labels");
});

Deno.test("idx: no images, and sizes whose product is huge, are errors", () => {
  const none = idxBytes(0x803, [0, 28, 28], new Uint8Array());
  assertThrows(() => parseIdxImages(named(none)), UserError, "the-file: holds no images");
  const huge = idxBytes(0x803, [0xffffffff, 0xffffffff, 0xffffffff], new Uint8Array(8));
  assertThrows(() => parseIdxImages(named(huge)), UserError, "the-file: truncated");
});

Deno.test("idx: a label outside the classes is named with its image", () => {
  const labels = idxBytes(0x801, [3], Uint8Array.of(9, 10, 3));
  assertThrows(() => parseIdxLabels(named(labels), 10), UserError, "the-file: label 10 of image 1 is outside the 10");
});

Deno.test("idx: images and labels that differ in number name both files", () => {
  assertThrows(
    () => parseIdxSplit(named(idxImages(3, 2, 2), "images"), named(idxLabels(4), "labels"), 10),
    UserError,
    "images has 3 images but labels has 4 labels",
  );
});
