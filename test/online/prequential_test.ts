import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Prequential } from "../../lib/online/prequential.ts";
import { RandomStream } from "../../lib/random.ts";

/** The last outcomes, at most so many, as a fraction. */
function share(outcomes: readonly boolean[], window: number): number {
  const last = outcomes.slice(-window);
  return last.filter(Boolean).length / last.length;
}

const accuracyOf = (outcomes: readonly boolean[]) => ({
  accuracy: share(outcomes, outcomes.length),
  last100: share(outcomes, 100),
  last1000: share(outcomes, 1000),
});

function recorded(outcomes: readonly boolean[]): Prequential {
  const record = new Prequential();
  for (const outcome of outcomes) record.add(outcome);
  return record;
}

Deno.test("prequential: accuracies are those of a plain list, wherever a record was saved and gone on with", () => {
  const outcomes = fc.array(fc.boolean(), { minLength: 1, maxLength: 2500, size: "max" });
  fc.assert(
    fc.property(outcomes, fc.nat(), (all, at) => {
      const cut = at % all.length;
      const state = recorded(all.slice(0, cut)).state();
      const record = new Prequential(JSON.parse(JSON.stringify(state)));
      for (const outcome of all.slice(cut)) record.add(outcome);
      assertEquals(record.images, all.length);
      assertEquals(record.accuracy, accuracyOf(all));
      const ends = Array.from({ length: Math.ceil(all.length / 100) }, (_, i) => Math.min(all.length, 100 * (i + 1)));
      assertEquals(record.curve, ends.map((images) => ({ images, ...accuracyOf(all.slice(0, images)) })));
      assertEquals(record.state(), recorded(all).state());
    }),
    { numRuns: 50 },
  );
});

Deno.test("prequential: a curve thins out as its stream goes on, and never holds more than 1,000 points", () => {
  const random = new RandomStream(1, 2), count = 250_077;
  const all = Array.from({ length: count }, () => random.below(10) < 7);
  const { curve } = recorded(all);
  assert(curve.length <= 1001 && curve.length > 500, `${curve.length} points`);
  assertEquals(curve.at(-1)!.images, count);
  for (const { images, ...accuracy } of curve) {
    assert(images % 400 === 0 || images === count, `a point at ${images}`);
    const recent = all.slice(Math.max(0, images - 1000), images);
    assertEquals([accuracy.last100, accuracy.last1000], [share(recent, 100), share(recent, 1000)]);
  }
  assertEquals(curve.at(-1)!.accuracy, share(all, count));
});

Deno.test("prequential: a record of nothing has no points and no accuracy above 0", () => {
  const record = new Prequential();
  assertEquals([record.images, record.curve], [0, []]);
  assertEquals(record.accuracy, { accuracy: 0, last100: 0, last1000: 0 });
});
