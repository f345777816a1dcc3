import { assertEquals } from "@std/assert";
import { tableCsv } from "../../lib/page/figure.ts";

Deno.test("csv: exact numbers, quotes where they are needed, nothing for nothing", () => {
  const columns = [{ name: "a, b" }, { name: "c", format: () => "rounded" }, { name: "d" }];
  const rows = [['say "x"', 0.1 + 0.2, null], ["two\nlines", 1e-7, "plain"]];
  assertEquals(
    tableCsv({ caption: "", columns, rows }),
    '"a, b",c,d\n"say ""x""",0.30000000000000004,\n"two\nlines",1e-7,plain\n',
  );
});
