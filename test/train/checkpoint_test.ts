import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../lib/errors.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../../lib/train/checkpoint.ts";
import { sha256 } from "../../lib/package/sha256.ts";
import { initialState } from "../../lib/train/state.ts";
import { sampleConfig } from "./config.ts";
import { DoubleNetwork } from "./double.ts";

const checkpoint: Checkpoint = {
  config: { ...sampleConfig, seed: 2 ** 32 - 1 },
  state: { ...initialState(), step: 3, images: 19, seconds: 0.25 },
  entries: new DoubleNetwork().state(),
};

Deno.test("checkpoint: comes back as it was", async () => {
  assertEquals(await decodeCheckpoint(await encodeCheckpoint(checkpoint), "c"), checkpoint);
});

Deno.test("checkpoint: sums of weights come back as they were, of every type", async () => {
  const entry = { name: "w", shape: [2], exponent: -7, weights: false } as const;
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => 200 + i);
  const sums = {
    samples: 3,
    entries: [
      { ...entry, type: "int32", bytes: bytes.slice(8) },
      { ...entry, type: "int64", bytes },
      { ...entry, type: "fp64", bytes: bytes.toReversed() },
    ],
  } as const;
  const file = await encodeCheckpoint({ ...checkpoint, sums });
  assertEquals(await decodeCheckpoint(file, "c"), { ...checkpoint, sums });
  const last = file.byteLength - 33;
  file[last]! ^= 1;
  await assertRejects(() => decodeCheckpoint(file, "c"), UserError, "corrupted");
});

Deno.test("checkpoint: any one flipped bit is refused in one line that names the file", async () => {
  const good = await encodeCheckpoint(checkpoint);
  for (let at = 0; at < good.byteLength; at++) {
    const bad = good.slice();
    bad[at]! ^= 1 << (at % 8);
    const { message } = await assertRejects(() => decodeCheckpoint(bad, "the-file"), UserError, "the-file: ");
    assert(/not an eoq checkpoint|truncated or corrupted|is corrupted/.test(message), message);
    assert(!message.includes("\n"));
  }
});

Deno.test("checkpoint: every proper prefix and any appended byte is refused", async () => {
  const good = await encodeCheckpoint(checkpoint);
  for (let length = 0; length < good.byteLength; length++) {
    await assertRejects(() => decodeCheckpoint(good.slice(0, length), "the-file"), UserError, "the-file: ");
  }
  await assertRejects(() => decodeCheckpoint(Uint8Array.of(...good, 0), "the-file"), UserError, "corrupted");
});

Deno.test("checkpoint: foreign bytes are refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await assertRejects(() => decodeCheckpoint(new Uint8Array(bytes), "x"), UserError, "x: not an eoq checkpoint");
    }),
  );
});

/** A file with another header and a checksum that is right. */
async function withHeader(edit: (header: string) => string): Promise<Uint8Array<ArrayBuffer>> {
  const good = await encodeCheckpoint(checkpoint);
  const view = new DataView(good.buffer);
  const end = 20 + view.getUint32(8, true);
  const header = new TextEncoder().encode(edit(new TextDecoder().decode(good.subarray(20, end))));
  view.setUint32(8, header.byteLength, true);
  const body = await new Blob([good.subarray(0, 20), header, good.subarray(end, -32)]).bytes();
  return await new Blob([body, await sha256(body)]).bytes();
}

for (const key of [',"mixup":false', ',"validationImages":0', ',"warmup":0', ',"smoothing":0', ',"average":null']) {
  Deno.test(`checkpoint: one from before ${key} reads as one with it`, async () => {
    const earlier = await withHeader((header) => header.replace(key, ""));
    assertEquals(await decodeCheckpoint(earlier, "c"), checkpoint);
    assertEquals(earlier.byteLength, (await encodeCheckpoint(checkpoint)).byteLength - key.length);
  });
}

Deno.test("checkpoint: a header that this eoq does not know is refused by name", async () => {
  const refuse = async (edit: (header: string) => string, includes: string) =>
    await assertRejects(async () => decodeCheckpoint(await withHeader(edit), "c"), UserError, includes);
  await refuse(
    (header) => header.replace('"version":3', '"version":2'),
    "c: another eoq wrote this checkpoint: it has version 2, this eoq reads 3",
  );
  await refuse((header) => header.replace('"eoq"', '"qoe"'), "config.method");
  await refuse((header) => header.replace("[2,3]", "[2,4]"), "c: the checkpoint's tensors do not fill it");
  await refuse((header) => header.slice(1), "c: the checkpoint's header is not JSON");
});
