/**
 * The arithmetic that the int8 kernels have in common, in words and integers:
 * what a manifest says once, and the definitions of the kernels build on.
 *
 * @module
 */

/** Lines by what they define. `x >> s` is floor(x / 2^s); nothing here overflows 64 bits but where it says so. */
export const ARITHMETIC: Readonly<Record<string, readonly string[]>> = {
  numbers: [
    "An int8 tensor holds q in -127..127 and one exponent e: value = q * 2^e. Sums of products are int32 with the",
    "exponent of the products. Activations and errors are (n, rows, columns, channels), weights (outputs, kernel row,",
    "kernel column, inputs). Bits lie in uint64 words: element i is bit i % 64 of word floor(i / 64), unused bits are 0.",
  ],
  range: [
    "An int8 or int32 tensor has a range [low, high] that its elements lie in, and that may be wider. It is written when",
    "the tensor is, and quantizers take exponents from it: it is an input of a call as its elements are.",
    "magnitude([low, high]) = max(-low, high, 0). span(values) = [min(0, values), max(0, values)].",
  ],
  round: [
    "clip(x, m) = min(max(x, -m), m). limit(b) = 2^(b - 1) - 1.",
    "round(x, s) = floor(x / 2^s + 1/2): s = 0 ? x : (x + 2^(s - 1)) >> s.",
    "align(x, s, m) = x * 2^s within +-m: clip(s >= 0 ? x * 2^s : round(x, -s), m).",
    "width(m) = bits of m: 0 of 0, else floor(log2 m) + 1.",
  ],
  scalars: [
    "Fixup's biases and scales lie in one int16 tensor: first biases in steps of 2^-14, then scales in steps of 2^-13.",
    "Index -1 is none, a bias of 0. bias(i, e) = align(scalars[i], -14 - e, 2^28) is bias i as a summand of sums with",
    "exponent e.",
  ],
  gradients: [
    "Gradients of scalars are int64 in pairs: gradient(i) = (sum, e) sets gradients[i] to an exact sum and its exponent,",
    "and is nothing for i = -1. All other pairs stay as they are.",
  ],
  shift: [
    "Shift quantization to b bits (arXiv 1909.02384, equation 8). nearest_log2(m) = floor(log2 m), plus 1 where",
    "m^2 >= 2^(2 * floor(log2 m) + 1). exact(m) = m = 0 ? 0 : max(0, nearest_log2(m) - (b - 1)).",
  ],
  hindsight: [
    "The shift of a quantizer is s = exact(m), unless it names an index of exponents (int32). Then known = exponents[index]",
    "first, and exponents[index] becomes m = 0 ? -2^31 : e + exact(m). With known = -2^31 s stays exact(m); else with",
    "d = known - e: d <= 0: s = 0; d <= max(exact(m), most): s = d; else s = max(exact(m), most). most is 30, of",
    "pool_backward 62.",
  ],
  quantize: [
    "quantize(v, e, range) to b bits, v with exponent e: m = magnitude(range), s as above; y = clip(r(v, s), limit(b)) with",
    "r = round, or stochastic where the quantizer's rounding is. The exponent of y is e + s. Its range is range / 2^s:",
    "each end rounded, or where rounding is stochastic the low end down and the high end up, both clipped at 127; then the",
    "low end is at least -limit(b), the high end at most limit(b).",
  ],
  stochastic: [
    "stochastic(v, s) of element i is floor(v / 2^s + u), u = random(i) / 2^32 cut to s bits:",
    "(v + (random(i) >> (32 - s))) >> s, s = 0 ? v.",
  ],
  random: [
    "random(i) are 32 bits of (seed, step, stream, element i) alone, all uint32 modulo 2^32, ^ is exclusive or:",
    "mix(x): x = x ^ (x >> 16); x = x * 0x7feb352d; x = x ^ (x >> 15); x = x * 0x846ca68b; return x ^ (x >> 16).",
    "first = mix(mix(mix(seed) + step) + stream); second = mix(first ^ 0x9e3779b9).",
    "random(i): x = i + first; x = x ^ (x >> 16); x = x * 0x7feb352d; x = x ^ (x >> 15); x = x + second;",
    "x = x * 0x846ca68b; return x ^ (x >> 16).",
  ],
  flags: [
    "Flag quantization (arXiv 1909.02384, Flag-QE2), where a quantizer has a fine tensor: v with |v| < 2^s is 0 in y and",
    "r(v, s - (b - 1)) in fine, every other v is 0 in fine; r(v, s) of s < 0 is v * 2^-s. fine has the exponent of y less",
    "b - 1 and the range [-127, 127]; the range of y then includes 0. The error is y * 2^(b - 1) + fine in fine's steps.",
  ],
};
