import { assertEquals } from "@std/assert";
import { NEAREST } from "../../lib/native/words.ts";
import { contents } from "./contents.ts";
import { Fixture } from "./fixture.ts";

Deno.test("a tensor that was written in part is read whole as if another one held the same", async () => {
  using fixture = await Fixture.open();
  const count = 64, values = Int8Array.from({ length: count }, (_, i) => i === 0 ? 1 : 127 - i);
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const scalars = fixture.int16([1 << 14]), one = fixture.zeros(1, "int32");
    one.write(Int32Array.of(1));
    const written = fixture.zeros(count, "int8"), whole = fixture.zeros(count, "int8");
    written.write(values);
    whole.write(values);
    // Of what it holds from here on only the first element, a 1, was seen.
    fixture.call("int8_quantize", { x: one, y: written, quantizer: NEAREST, count: 1 });
    assertEquals(contents(written), contents(whole), path);
    const [a, b] = [written, whole].map((x) => {
      const y = fixture.zeros(count, "int8");
      fixture.call("int8_add_bias", { x, scalars, bias: 0, y, quantizer: NEAREST, count });
      return contents(y);
    });
    assertEquals(a, b, path);
    fixture.clear();
  }
});
