import { assert, assertEquals } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import { Executable, Recorder } from "../../lib/native/program.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import { NEAREST } from "../../lib/native/words.ts";

const COUNT = 1 << 16;

Deno.test("second runs are timed: those of the step in which a sum's range is another one, on every path", async () => {
  using library = await openLibrary({ threads: 2 });
  for (const { name } of library.isaPaths().filter(({ built, supported }) => built && supported)) {
    library.selectIsa(name);
    const tensor = (type: "int8" | "int16", count: number) => new Tensor(library, type, count);
    const z = tensor("int8", COUNT), shortcut = tensor("int8", COUNT), y = tensor("int8", COUNT);
    const scalars = tensor("int16", 2);
    scalars.write(Int16Array.of(0, 1 << 12));
    const recorder = new Recorder(library);
    const executable = new Executable(
      library,
      recorder.record(() => {
        const words = { z, shortcut, scalars, scale: 1, bias: 0, y, quantizer: NEAREST, mask: undefined, count: COUNT };
        recorder.call("int8_residual", words, { layer: "sum", phase: "forward" });
      }),
    );
    const { times } = executable;
    const reruns = [127, 127, 127, 3, 3, 127].map((value) => {
      for (const operand of [z, shortcut]) operand.write(new Int8Array(COUNT).fill(value));
      executable.time({}, times);
      assert(times.reruns[0]! < times.nanoseconds[0]!, `${times.reruns[0]} of ${times.nanoseconds[0]} ns`);
      return times.reruns[0]! > 0n;
    });
    assertEquals(reruns, [true, false, false, true, false, true], name);
    executable.close();
    for (const each of [z, shortcut, y, scalars]) each.close();
  }
});
