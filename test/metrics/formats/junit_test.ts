import { assert, assertEquals } from "@std/assert";
import { parse } from "junit2json";
import { junit } from "../../../lib/metrics/formats/junit.ts";
import { compared, incomparable, values } from "./documents.ts";

/** Elements with the attributes that junit-10.xsd of Jenkins' xunit plugin has for them. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  testsuites: ["name", "time", "tests", "failures", "errors"],
  testsuite: ["name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id"],
  testcase: ["name", "time", "classname"],
  failure: ["type", "message"],
  error: ["type", "message"],
  "system-out": [],
};

/** The one suite as the npm package junit2json reads it, after a look at elements and attributes. */
async function suite(xml: string) {
  for (const [, element, attributes] of xml.matchAll(/<([a-z-]+)((?: [a-z]+="[^"<]*")*)>/g)) {
    for (const [, name] of attributes!.matchAll(/ ([a-z]+)="/g)) {
      assert(ATTRIBUTES[element!]?.includes(name!), `${element} ${name}`);
    }
  }
  const read = await parse(xml);
  assert(read !== null && read !== undefined && "testsuite" in read);
  const [only, ...others] = read.testsuite!;
  assertEquals(others, []);
  return only!;
}

Deno.test("junit: values alone are cases that pass, names survive", async () => {
  const { tests, failures, errors, testcase } = await suite(junit(values));
  assertEquals([tests, failures, errors], [7, 0, 0]);
  assertEquals(testcase!.map(({ classname }) => classname), [
    "eoq.throughput",
    "eoq.throughput",
    "eoq.ratio",
    "eoq.memory",
    "eoq.accuracy",
    "eoq.weights",
    "eoq.throughput",
  ]);
  // A newline in an attribute is a blank to most readers of XML, and no XML can hold the last character.
  assertEquals(testcase!.at(-1)!.name!.replace("\n", " "), `<&"' ]]> a,b|c \ufffd (avx2 x1)`);
});

Deno.test("junit: what is worse or wrong fails, what is left out is said", async () => {
  const { tests, failures, errors, testcase, ...rest } = await suite(junit(compared));
  const failed = testcase!.filter(({ failure }) => failure !== undefined);
  assertEquals([tests, failures, errors, failed.length], [7, 3, 1, 3]);
  const gone = testcase!.filter(({ error }) => error !== undefined);
  assertEquals(gone.map(({ name, error }) => [name, error![0]!.type]), [["gone", "gone"]]);
  assertEquals(failed.map(({ name, failure }) => [name, failure![0]!.type]), [
    ["eoq test accuracy", "too low"],
    ["train-step eoq resnet-8 batch 1 (avx2 x1)", "worse"],
    ["eoq weights", "changed"],
  ]);
  assertEquals(rest["system-out"], ["only before: gone"]);
});

Deno.test("junit: nothing comparable is an error", async () => {
  const { tests, failures, errors, testcase } = await suite(junit(incomparable));
  assertEquals([tests, failures, errors, testcase!.length], [1, 0, 1, 1]);
  assert(testcase![0]!.error![0]!.message!.startsWith("only before: gone <; only now: "));
});
