import { assertEquals } from "@std/assert";
import kept from "../../lib/package/digests.json" with { type: "json" };
import { digests } from "./digests.ts";

Deno.test("package: the digests are those of the files (deno task digests writes them)", async () => {
  assertEquals(await digests(), kept);
});
