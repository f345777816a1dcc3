import { assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import { Fixture } from "./fixture.ts";

Deno.test("a stream copies so many elements and no more, whatever the threads", async () => {
  using fixture = await Fixture.open();
  const { library } = fixture;
  const values = Uint8Array.from({ length: 1000 }, (_, i) => i % 251 + 1);
  const from = fixture.bytes(values);
  for (const threads of [1, 2, 5]) {
    library.setThreads(threads);
    for (const count of [1, 3, 64, 999, 1000]) {
      const to = fixture.zeros(1000, "uint8");
      library.check(library.symbols.eoq_stream_copy(from.handle, to.handle, BigInt(count)));
      const copied = new Uint8Array(1000);
      to.read(copied);
      assertEquals(copied, values.map((value, i) => i < count ? value : 0));
    }
  }
});

Deno.test("a stream refuses what it cannot copy", async () => {
  using fixture = await Fixture.open();
  const { library } = fixture;
  const [long, short, other] = [fixture.zeros(8, "uint8"), fixture.zeros(4, "uint8"), fixture.zeros(8, "int8")];
  const refuse = (from: number, to: number, count: bigint, message: string) =>
    assertThrows(() => library.check(library.symbols.eoq_stream_copy(from, to, count)), RunError, message);
  refuse(long.handle, short.handle, 5n, "to: has 4 elements, needs 5");
  refuse(short.handle, long.handle, 5n, "from: has 4 elements, needs 5");
  refuse(long.handle, other.handle, 1n, "to: is int8, must be uint8");
  refuse(long.handle, long.handle, 1n, "to: must not be the same as from");
  refuse(long.handle, 1 << 30, 1n, "is not a live tensor");
  for (const count of [0n, 1n << 31n, (1n << 64n) - 1n]) refuse(long.handle, short.handle, count, "count: ");
});
