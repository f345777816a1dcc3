import { assertThrows } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { onEveryPath } from "./int8/fixture.ts";

Deno.test("peak loops run on every path and thread count, and refuse a senseless length", async () => {
  using library = await openLibrary();
  onEveryPath(library, () => {
    for (const kernel of ["int8_peak", "fp32_peak"] as const) {
      library.call(kernel, { iterations: 1 });
      for (const iterations of [0, -1, 4097]) {
        assertThrows(
          () => library.call(kernel, { iterations }),
          RunError,
          `iterations: ${iterations} is not in 1..4096`,
        );
      }
    }
  });
});
