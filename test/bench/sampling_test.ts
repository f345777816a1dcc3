import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/random.ts";
import { sampleInTurn, type Subject } from "../../lib/bench/sampling.ts";

/** A subject that claims to take a time instead of taking it, and notes its calls. */
function fake(seconds: number, work: number, log: [Subject, number][] = []): Subject {
  const subject: Subject = {
    work,
    run: (repetitions) => {
      log.push([subject, repetitions]);
      return repetitions * seconds;
    },
  };
  return subject;
}

Deno.test("sampling: rates are work over time", async () => {
  const [slow, quick] = await sampleInTurn([fake(0.5, 10), fake(2 ** -20, 3)], { seconds: 0 });
  assertEquals(slow, Array(5).fill(20));
  assertEquals(quick, Array(5).fill(3 * 2 ** 20));
});

Deno.test("sampling: subjects take turns there and back, and a short one warms its cache before each", async () => {
  const log: [Subject, number][] = [];
  const slow = fake(0.5, 1, log), quick = fake(0.0005, 1, log);
  await sampleInTurn([slow, quick], { seconds: 0 });
  const rounds = log.slice(-15);
  for (let round = 0; round < 5; round++) {
    const turns = [[[slow, 1]], [[quick, 1], [quick, 4]]];
    assertEquals<unknown>(rounds.slice(3 * round, 3 * round + 3), (round % 2 === 0 ? turns : turns.reverse()).flat());
  }
});

Deno.test("sampling: more time gives more samples, up to a limit", async () => {
  const waiting: Subject = {
    work: 1,
    run: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return 0.03;
    },
  };
  const [few] = await sampleInTurn([waiting], { seconds: 0 });
  const [more] = await sampleInTurn([waiting], { seconds: 0.1 });
  const [most] = await sampleInTurn([fake(0.03, 1)], { seconds: 60 });
  assert(few!.length === 5 && more!.length > 5, `${few!.length}, ${more!.length}`);
  assertEquals(most!.length, 400);
});

Deno.test("sampling: a precision that is reached ends it, one that is not does not", async () => {
  const random = new RandomStream(1, 1);
  const wild: Subject = { work: 1, run: () => 0.03 + random.below(100) / 1000 };
  const count = async (subjects: readonly Subject[], precision?: number) =>
    (await sampleInTurn(subjects, { seconds: 60, precision }))[0]!.length;
  assertEquals(await count([fake(0.03, 1)], 0.01), 10);
  assertEquals(await count([fake(0.03, 1), wild], 0.001), 400);
  assertEquals(await count([fake(0.03, 1)], 0), 400);
  const between = await count([fake(0.03, 1), wild], 0.2);
  assert(between > 10 && between < 400, `${between}`);
});
