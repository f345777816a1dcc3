import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import { CallTimes, Executable, Recorder } from "../../lib/native/program.ts";
import { Slot } from "../../lib/native/words.ts";
import { Fixture } from "../kernels/fixture.ts";
import { CALLS, contentsOf, makeTensors, SLOTS, type Slots, step, valuesOf } from "./step.ts";

/** An executable of the step, its tensors, and a copy of them in which the calls ran one by one. */
function both(fixture: Fixture) {
  const { library } = fixture, recorder = new Recorder(library);
  const tensors = makeTensors(fixture), copies = makeTensors(fixture);
  const program = recorder.record(() => step(recorder, tensors, SLOTS));
  assertEquals(program.calls.length, CALLS);
  return {
    ...{ library, program, tensors, copies, executable: new Executable(library, program) },
    /** Runs the calls one by one over the copies, each step with its values. */
    one: (i: number) => step(library, copies, valuesOf(i) as Record<keyof Slots, number>),
  };
}

Deno.test("a program gives what its calls give one by one, step by step, at once and in parts", async () => {
  using fixture = await Fixture.open();
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const { executable, tensors, copies, one } = both(fixture);
    const first = contentsOf(tensors);
    assertEquals(first, contentsOf(copies), "creating a program changes nothing");
    for (let i = 0; i < 4; i++) {
      if (i % 2 === 0) {
        executable.run(valuesOf(i));
      } else {
        for (const [from, end] of [[0, 3], [3, 3], [3, 9], [9, CALLS]]) executable.run(valuesOf(i), from, end);
      }
      one(i);
      assertEquals(contentsOf(tensors), contentsOf(copies), `${path}, step ${i}`);
      assert(contentsOf(tensors).weights !== first.weights && contentsOf(tensors).qweights !== first.qweights);
    }
    executable.close();
    fixture.clear();
  }
});

Deno.test("a part of a program runs its calls alone", async () => {
  using fixture = await Fixture.open();
  const { executable, tensors } = both(fixture);
  const before = contentsOf(tensors);
  executable.run(valuesOf(0), 1, 2);
  const after = contentsOf(tensors);
  assert(after.y !== before.y);
  assertEquals({ ...after, y: "" }, { ...before, y: "" });
  for (
    const [first, end] of [[-1, 2], [2, 1], [0, CALLS + 1], [CALLS + 1, CALLS + 1], [0, 2 ** 31 - 1], [-(2 ** 31), 0]]
  ) {
    const message = `kernel: first, end: calls ${first}..${end} are not in 0..${CALLS}`;
    assertThrows(() => executable.run(valuesOf(0), first, end), RunError, message);
  }
  assertEquals(contentsOf(tensors), after);
  executable.close();
  assertThrows(() => executable.run(valuesOf(0)), RunError, "is not a live program");
});

Deno.test("slots are the numbers of each run, and each has one kind and a value", async () => {
  using fixture = await Fixture.open();
  const { library, executable, tensors } = both(fixture);
  executable.run(valuesOf(0), 0, 5);
  const whole = contentsOf(tensors).dlogits;
  executable.run({ ...valuesOf(0), share: 3 }, 0, 5);
  assert(contentsOf(tensors).dlogits !== whole, "the share changes the gradient");
  const { share: _share, ...others } = valuesOf(0);
  assertThrows(() => executable.run(others), RunError, "slot share has no value");
  assertThrows(
    () => executable.run({ ...valuesOf(0), share: 257 }),
    RunError,
    "kernel: call 4, fp32_softmax_cross_entropy: share: 257 is not in 0..256",
  );
  assertThrows(
    () => executable.run({ ...valuesOf(0), mantissa: 0 }),
    RunError,
    "kernel: call 13, int8_update: rate_mantissa: 0 is not in 1..255",
  );
  const recorder = new Recorder(library), twice = new Slot("twice");
  const program = recorder.record(() => step(recorder, tensors, { ...SLOTS, share: twice, rate: twice }));
  assertThrows(() => new Executable(library, program), TypeError, "slot twice is i32 and f32");
  executable.close();
});

Deno.test("a program's calls are timed one by one, and give what a run gives", async () => {
  using fixture = await Fixture.open();
  const { library, executable, tensors, copies, one } = both(fixture);
  const times = new CallTimes(CALLS), { nanoseconds, reruns } = times, started = performance.now();
  for (const each of [nanoseconds, reruns]) each.fill(-1n);
  executable.time(valuesOf(0), times);
  const whole = performance.now() - started;
  one(0);
  assertEquals(contentsOf(tensors), contentsOf(copies));
  assert(nanoseconds.every((each) => each > 0n), nanoseconds.join());
  assert(reruns.every((each, i) => each >= 0n && each < nanoseconds[i]!), reruns.join());
  const sum = nanoseconds.reduce((total, each) => total + Number(each), 0) / 1e6;
  assert(sum <= whole, `${sum} ms of ${whole} ms`);
  for (const length of [CALLS - 1, CALLS + 1, 0]) {
    const message = `nanoseconds: ${16 * length} bytes, must be ${2 * CALLS} int64`;
    assertThrows(() => executable.time(valuesOf(0), new CallTimes(length)), RunError, message);
  }
  executable.close();
  const empty = new Executable(library, { calls: [] });
  empty.run({});
  empty.time({}, new CallTimes(0));
  empty.close();
});

Deno.test("a program names the call whose tensor is dead, whether it is made or runs", async () => {
  const fixture = await Fixture.open();
  const { executable, program, tensors, library } = both(fixture);
  const { handle } = tensors.dw, before = contentsOf(tensors);
  library.check(library.symbols.eoq_tensor_destroy(handle));
  const stops = `kernel: call 7, fp32_conv_backward_weights: dweights: ${handle} is not a live tensor`;
  assertThrows(() => new Executable(library, program), RunError, stops);
  const { dw: _dead, ...live } = tensors;
  const after = () => contentsOf({ ...live, dw: tensors.y });
  assertEquals({ ...after(), dw: "" }, { ...before, dw: "" }, "a program that is refused has run");
  assertThrows(() => executable.run(valuesOf(0)), RunError, stops);
  const ran = after();
  assert(ran.dgamma !== before.dgamma && ran.weights === before.weights, "the calls in front of it run, and no other");
  library.close();
});
