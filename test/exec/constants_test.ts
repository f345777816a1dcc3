import { assertEquals } from "@std/assert";
import { PEAK_MACS } from "../../lib/bench/contest.ts";
import {
  BIAS_EXPONENT,
  MAX_INT32_PRODUCTS,
  MAX_REDUCTION,
  NORM_EXPONENT,
  RECIPROCAL_EXPONENT,
  SCALE_EXPONENT,
  UNMEASURED,
} from "../../lib/exec/int8/number.ts";
import { WHOLE_SHARE } from "../../lib/exec/network.ts";
import { packageFiles, packageText } from "../../lib/package/files.ts";

/** By the name that the kernels have for it. */
const KEPT_TWICE = {
  EOQ_MAX_REDUCTION: MAX_REDUCTION,
  EOQ_MAX_INT32_PRODUCTS: MAX_INT32_PRODUCTS,
  EOQ_BIAS_EXPONENT: BIAS_EXPONENT,
  EOQ_SCALE_EXPONENT: SCALE_EXPONENT,
  EOQ_NORM_PARAMETER_EXPONENT: NORM_EXPONENT,
  RECIPROCAL_EXPONENT,
  EOQ_UNMEASURED: UNMEASURED,
  EOQ_WHOLE_SHARE: WHOLE_SHARE,
  EOQ_PEAK_MACS: PEAK_MACS,
};

/** The value of a constant of C: a number, a number shifted, or the least int32. */
function valueOf(text: string): number {
  if (text === "INT32_MIN") return -(2 ** 31);
  const [, number, shift = "0"] = /^(-?\d+)(?: << (\d+))?$/.exec(text)!;
  return Number(number) * 2 ** Number(shift);
}

Deno.test("constants that C and TypeScript both have are the same, and the kernels define each once", async () => {
  const sources = await Promise.all((await packageFiles("kernels/")).map(packageText));
  for (const [name, value] of Object.entries(KEPT_TWICE)) {
    const definition = new RegExp(`(?:#define ${name} |\\b${name} = )([^,;}/\\n]+)`, "g");
    const found = sources.flatMap((text) => [...text.matchAll(definition)].map(([, value]) => valueOf(value!.trim())));
    assertEquals(found, [value], name);
  }
});
