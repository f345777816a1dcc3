import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../lib/errors.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../../lib/train/checkpoint.ts";
import { initialState } from "../../lib/train/state.ts";
import { sampleConfig } from "./config.ts";
import { DoubleNetwork } from "./double.ts";
import { resigned } from "./resigned.ts";

const checkpoint: Checkpoint = {
  config: { ...sampleConfig, seed: 2 ** 32 - 1 },
  state: { ...initialState(), step: 2, images: 16, seconds: 0.25, epochCorrect: 3, epochLossSum: 1.5 },
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
async function withHeader(header: (text: string) => string): Promise<Uint8Array<ArrayBuffer>> {
  return await resigned(await encodeCheckpoint(checkpoint), { header });
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

Deno.test("checkpoint: the identity of the data comes back; earlier versions kept none", async () => {
  const data = { classes: ["a", "b"], train: "0".repeat(64), test: "f".repeat(64) };
  const { classes: _classes, ...digests } = data;
  for (const each of [data, digests]) {
    const file = await encodeCheckpoint({ ...checkpoint, data: each });
    assertEquals(await decodeCheckpoint(file, "c"), { ...checkpoint, data: each });
  }
  assert(!("data" in await decodeCheckpoint(await encodeCheckpoint(checkpoint), "c")));
});

const IMPOSSIBLE: readonly (readonly [edit: readonly [from: string, to: string], said: string])[] = [
  [['"step":2', '"step":1000000000000000'], "state.step: 16 images are 2 steps, not 1000000000000000"],
  [['"images":16', '"images":7'], "state.images: no step ends at 7"],
  [['"images":16', '"images":40'], "state.images: 40 are more than the 38 of the run"],
  [['"seconds":0.25', '"seconds":0'], "state.seconds: 16 images took 0 seconds"],
  [['"seconds":0.25', '"seconds":1e-320'], "state.seconds: 16 images took"],
  [['"epochCorrect":3', '"epochCorrect":1000000000000000'], "state.epochCorrect: 1000000000000000 of 16 images"],
  [['"history":[]', '"history":[{"epoch":1,"trainLoss":1,"trainAccuracy":0}]'], "state.history: 1 epochs, not 0"],
  [['"exponent":0', '"exponent":100000'], "entries[1].exponent"],
  [['"exponent":0', '"exponent":-65'], "entries[1].exponent"],
  [['"images":16,', ""], "state.images: missing"],
  [['"seed":', '"sead":'], "config.seed: missing"],
];

for (const [[from, to], said] of IMPOSSIBLE) {
  Deno.test(`checkpoint: ${from || "nothing"} made ${to || "nothing"} is refused by name`, async () => {
    const file = await withHeader((header) => {
      assert(header.includes(from), header);
      return header.replace(from, to);
    });
    const { message } = await assertRejects(() => decodeCheckpoint(file, "c"), UserError, `c: this eoq cannot read`);
    assert(message.includes(said), message);
  });
}

Deno.test("checkpoint: at the end of an epoch, and of a run, its epochs are those that ended", async () => {
  const epoch = { epoch: 1, trainLoss: 1, trainAccuracy: 0.5 };
  const states = [
    { ...initialState(), step: 3, images: 19, seconds: 1, history: [epoch] },
    { ...initialState(), step: 6, images: 38, seconds: 1, history: [epoch, { ...epoch, epoch: 2 }] },
    initialState(),
  ];
  for (const state of states) {
    assertEquals((await decodeCheckpoint(await encodeCheckpoint({ ...checkpoint, state }), "c")).state, state);
  }
  const second = await encodeCheckpoint({ ...checkpoint, state: { ...states[0]!, history: [{ ...epoch, epoch: 2 }] } });
  await assertRejects(() => decodeCheckpoint(second, "c"), UserError, "state.history.0.epoch: must be 1");
});
