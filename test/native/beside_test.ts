import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { RunError } from "../../lib/errors.ts";
import { Executable, Recorder, type Unit } from "../../lib/native/program.ts";
import { withFolder } from "../eoq.ts";
import { Fixture } from "../kernels/fixture.ts";
import { compile, run } from "./compile.ts";
import { CALLS, contentsOf, makeTensors, SLOTS, step, valuesOf } from "./step.ts";

/** Whether the compiler's ThreadSanitizer can be linked. */
async function watchesThreads(): Promise<boolean> {
  const { stdout } = await run(Deno.env.get("CC") || "cc", ["-print-file-name=libtsan.so"]);
  return stdout.startsWith("/");
}

for (const watched of [false, true]) {
  Deno.test({
    name: `units run once, after those that they need, on any threads${watched ? ", and without a race" : ""}`,
    ignore: watched && (Deno.build.os !== "linux" || !await watchesThreads()),
    fn: () =>
      withFolder(async (folder) => {
        await compile("beside.c", `${folder}/beside`, watched ? ["-O1", "-g", "-w", "-fsanitize=thread"] : ["-O2"]);
        assertEquals(await run(`${folder}/beside`, []), { code: 0, stdout: "", stderr: "" });
      }),
  });
}

/** Two executables of the step, over tensors of their own with the same contents: with units and without. */
function both(fixture: Fixture, units: readonly Unit[]) {
  const { library } = fixture, recorder = new Recorder(library);
  const [tensors, copies] = [makeTensors(fixture), makeTensors(fixture)];
  const record = (of: typeof tensors) => recorder.record(() => step(recorder, of, SLOTS));
  return {
    ...{ tensors, copies },
    beside: new Executable(library, record(tensors), units),
    inTurn: new Executable(library, record(copies)),
  };
}

/** Calls in a row, some of which are units, whatever they need of each other. */
const someUnits = fc.uniqueArray(fc.nat(CALLS), { minLength: 2, maxLength: CALLS }).map((cuts) => {
  const sorted = cuts.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, i): Unit => ({ first: sorted[i]!, end })).filter((_, i) => i % 3 < 2);
});

Deno.test("whichever calls run beside the others, a program gives what it gives in turn", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(someUnits, fc.integer({ min: 1, max: 4 }), (units, threads) => {
      fixture.library.setThreads(threads);
      const { beside, inTurn, tensors, copies } = both(fixture, units);
      for (let i = 0; i < 3; i++) {
        beside.run(valuesOf(i));
        inTurn.run(valuesOf(i));
        assertEquals(contentsOf(tensors), contentsOf(copies), `step ${i}`);
      }
      beside.close();
      inTurn.close();
      fixture.clear();
    }),
    { numRuns: 60 },
  );
});

Deno.test("the first call that fails is named, whether it runs beside the others or not", async () => {
  using fixture = await Fixture.open();
  fixture.library.setThreads(3);
  const bad = [[{ share: 257 }, "call 4, fp32_softmax_cross_entropy: share: 257 is not in 0..256"], [
    { mantissa: 0 },
    "call 13, int8_update: rate_mantissa: 0 is not in 1..255",
  ]] as const;
  for (
    const units of [[{ first: 4, end: 5 }, { first: 9, end: 10 }], [{ first: 9, end: 10 }, { first: 11, end: 14 }]]
  ) {
    const { beside } = both(fixture, units);
    for (const [slots, text] of bad) {
      for (let i = 0; i < 20; i++) {
        assertThrows(() => beside.run({ ...valuesOf(0), ...slots }), RunError, `kernel: ${text}`);
      }
      assertThrows(
        () => beside.run({ ...valuesOf(0), share: 257, mantissa: 0 }),
        RunError,
        "kernel: call 4, fp32_softmax_cross_entropy: share: 257",
      );
      beside.run(valuesOf(0));
    }
    beside.close();
  }
});

Deno.test("units that are none are refused", async () => {
  using fixture = await Fixture.open();
  const { library } = fixture, { symbols } = library;
  const { beside } = both(fixture, []);
  const ranges = [[-1, 2], [3, 3], [4, 3], [0, CALLS + 1], [CALLS, CALLS + 1], [2 ** 31 - 1, -(2 ** 31)], [0, 3, 2, 4]];
  for (const each of ranges) {
    const bytes = new Uint8Array(Int32Array.from(each).buffer);
    const told = () => library.check(symbols.eoq_program_beside(beside.handle, bytes, BigInt(bytes.length)));
    assertThrows(told, RunError, "ranges: unit ", each.join());
  }
  for (const [bytes, size] of [[null, 8n], [new Uint8Array(8), 7n], [new Uint8Array(8 * 1025), 8n * 1025n]] as const) {
    const told = () => library.check(symbols.eoq_program_beside(beside.handle, bytes, size));
    assertThrows(told, RunError, `ranges: ${size} bytes are no units`);
  }
  assertThrows(() => library.check(symbols.eoq_program_beside(5, null, 0n)), RunError, "is not a live program");
  assertEquals(symbols.eoq_program_beside(beside.handle, null, 0n), 0);
  beside.run(valuesOf(0));
  assert(beside.handle > 0);
});
