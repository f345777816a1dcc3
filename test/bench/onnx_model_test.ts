import { assertEquals } from "@std/assert";
import { quantizedConvolution } from "../../lib/bench/peers/onnx_model.ts";

type Value = number | Uint8Array;

/** The fields of a Protocol Buffers message, by number. */
function decode(bytes: Uint8Array): Map<number, Value[]> {
  const fields = new Map<number, Value[]>();
  let at = 0;
  const varint = () => {
    let value = 0, factor = 1;
    for (;;) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  };
  while (at < bytes.length) {
    const key = varint(), wire = key % 8;
    let value: Value = varint();
    if (wire === 2) value = bytes.subarray(at, at += value);
    else assertEquals(wire, 0);
    fields.set(key >> 3, [...fields.get(key >> 3) ?? [], value]);
  }
  assertEquals(at, bytes.length);
  return fields;
}

const messages = (fields: Map<number, Value[]>, number: number) =>
  (fields.get(number) ?? []).map((value) => decode(value as Uint8Array));
const text = (fields: Map<number, Value[]>, number: number) =>
  (fields.get(number) ?? []).map((value) => new TextDecoder().decode(value as Uint8Array));

Deno.test("onnx model: one quantized convolution with its weights, channels last", () => {
  const conv = { name: "", height: 9, width: 6, inputs: 3, outputs: 20, kernel: 3, stride: 2, padding: 1 };
  const weights = new Int8Array(20 * 3 * 9).map((_, i) => i % 255 - 127);
  const model = decode(quantizedConvolution(conv, 300, "uint8", weights));
  const [graph] = messages(model, 7);
  const [node] = messages(graph!, 1);
  assertEquals([text(node!, 4), text(node!, 7)], [["QLinearConv"], ["com.microsoft"]]);
  const initializers = messages(graph!, 5);
  const names = initializers.map((each) => text(each, 8)[0]!);
  assertEquals(["x", ...names], text(node!, 1));

  const attributes = messages(node!, 5).map((each) => [text(each, 1)[0], each.get(8) ?? each.get(3)]);
  assertEquals(attributes, [
    ["kernel_shape", [3, 3]],
    ["strides", [2, 2]],
    ["pads", [1, 1, 1, 1]],
    ["channels_last", [1]],
  ]);

  const stored = initializers[names.indexOf("weights")]!;
  assertEquals([stored.get(1), stored.get(2)], [[20, 3, 3, 3], [3]]);
  assertEquals(new Int8Array(stored.get(9)![0] as Uint8Array), weights);

  const value = (number: number) => {
    const [type] = messages(messages(messages(graph!, number)[0]!, 2)[0]!, 1);
    return [type!.get(1), messages(messages(type!, 2)[0]!, 1).map((dim) => dim.get(1)![0])];
  };
  assertEquals(value(11), [[2], [300, 9, 6, 3]]);
  assertEquals(value(12), [[2], [300, 5, 3, 20]]);
});
