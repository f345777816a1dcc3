/**
 * What each int8 kernel computes, in words and integers over ARITHMETIC: a
 * text a kernel, which a manifest has once for all calls of it.
 *
 * @module
 */

import type { Int8Kernel } from "./shapes.ts";

/** e(x) is the exponent of x, range(x) its range; what is not said of a word that is written is as before. */
export const DEFINITIONS: Readonly<Record<Int8Kernel, readonly string[]>> = {
  int8_input: [
    "x = offset = 0 ? images >> 1 : clip(images - 128, 127). e(x) = -6, range(x) = [offset = 0 ? 0 : -127, 127].",
  ],
  int8_conv_forward: [
    "y[n, oy, ox, k] = bias + sum over ky, kx, c of x[n, oy * stride + ky - padding, ox * stride + kx - padding, c] *",
    "weights[k, ky, kx, c], x being 0 outside. e(y) = e(x) + e(weights). bias is bias(i, e(y)), i = bias + k of as many",
    "biases as outputs, i = bias of 1, 0 where bias = -1. range(y) = span(y).",
  ],
  int8_conv_backward_data: [
    "dx = sum over oy, ox, k of dy[n, oy, ox, k] * weights[k, ky, kx, c] wherever the forward convolution multiplies",
    "x[n, y, x, c] with that weight. e(dx) = e(dy) + e(weights), range(dx) = span(dx).",
    "With fine: C from dy and F from fine so, f = e(dy) - e(fine). left is the largest of f..0 with",
    "magnitude(span(C)) * 2^left + (magnitude(span(F)) >> (f - left)) + 1 <= 5 * 2^28, or 0.",
    "dx = C * 2^left + round(F, f - left), e(dx) = e(dy) + e(weights) - left. fine_sums is room for F.",
  ],
  int8_conv_backward_weights: [
    "dw[k, ky, kx, c] = sum over n, oy, ox of dy[n, oy, ox, k] * x wherever the forward convolution multiplies x with that",
    "weight. e(dw) = e(x) + e(dy). With fine, f = e(dy) - e(fine): dw = 2^f times that plus the same of fine,",
    "e(dw) less f. range(dw) = [-2^31, 2^31 - 1], whatever dw.",
  ],
  int8_conv_forward_activate: [
    "int8_conv_forward into sums with the one bias bias_before, then int8_activate of sums with bias bias_behind. sums is",
    "room: on some paths sums are quantized before they leave the cache, and no later call reads it.",
  ],
  int8_conv_forward_quantize: [
    "int8_conv_forward into sums without bias, then int8_quantize of sums.",
  ],
  int8_conv_backward_data_activate: [
    "int8_conv_backward_data into sums, then int8_activate_backward of sums.",
  ],
  int8_conv_backward_data_block: [
    "int8_conv_backward_data into sums, then int8_block_backward of sums, its du, and dr with the shape shortcut.",
  ],
  int8_activate: [
    "b = bias(bias, e(x)). y = quantize(max(x, 0) + b, e(x), [b, max(high of range(x), 0) + b]). mask = x > 0.",
  ],
  int8_quantize: ["y = quantize(x, e(x), range(x))."],
  int8_add_bias: [
    "e = max(e(x) + width(magnitude(range(x))), -14 + width(|scalars[bias]|)) - 24. f = align(1, e(x) - e, 2^24).",
    "b = bias(bias, e). y = quantize(x * f + b, e, range(x) * f + b).",
  ],
  int8_shortcut: [
    "y[n, oy, ox, k] = k < inputs ? x[n, oy * stride, ox * stride, k] : 0. e(y) = e(x), range(y) is range(x) with 0.",
  ],
  int8_residual: [
    "top(e, x) = e + width(magnitude(range(x))). e = max(top(e(z) - 13, z) + width(|scalars[scale]|), top(e(shortcut),",
    "shortcut), -14 + width(|scalars[bias]|)) - 24. f = align(scalars[scale], e(z) - 13 - e, 2^24),",
    "g = align(1, e(shortcut) - e, 2^24), b = bias(bias, e). v = z * f + shortcut * g + b.",
    "y = quantize(max(v, 0), e, [0, max(v, 0)]). mask = v > 0.",
  ],
  int8_pool: [
    "sums[n, c] = (sum of x[n, p, c] over the pixels p) * reciprocal + bias(bias, e(sums)), e(sums) = e(x) - 22,",
    "range(sums) = span(sums). reciprocal is 2^22 / pixels, rounded. y = quantize(sums, e(sums), range(sums)).",
  ],
  int8_max_pool: [
    "y = the largest x of its window, padding being none; of equal ones the first in rows. places is its place in the window,",
    "row * kernel + column, y_mask its bit of x_mask. e(y) = e(x), range(y) = range(x).",
  ],
  int8_loss: [
    "l(v) = align(v, e(logits) + 8, 2^28) is a logit in steps of 2^-8. Of an image: top = l(largest logit), d(i) = top -",
    "l(logit i). exponential(d) is 0 for d >= 2^15; else with p = d * 23637 and s = p >> 22 it is 0 for s > 15, else",
    "table[(p >> 17) % 32] >> s, table[j] = round(2^15 * 2^(-j / 32)). S = sum of exponential(d(i)).",
    "L, log2(S) in steps of 2^-16: m = S * 2^(31 - floor(log2 S)), L = floor(log2 S); then 16 times m = m^2 >> 31, L = 2 L,",
    "and where m >= 2^32 m = m >> 1, L = L + 1.",
    "label is the image's of labels, partner that of partners, or label where there are none. D = share * d(label) +",
    "(256 - share) * d(partner); with smoothing > 0 it becomes floor((D * (256 - smoothing) * classes + sum of d(i) *",
    "smoothing * 2^8) / (256 * classes)). metrics = [sum over images of ((L - 15 * 2^16) * 45426 >> 16) + D, images whose",
    "largest logit, the first of equal ones, is that of label].",
    "Target of class i: t = (i = label) * share + (i = partner) * (256 - share), f = 8 fraction bits; with smoothing > 0 t",
    "becomes t * (256 - smoothing) * 2^8 + floor((smoothing * 2^16 + floor(classes / 2)) / classes), f = 24.",
    "With E = exponential(d(i)), error = E * 2^f - S * t, whole = 2 S * 2^(f - 8): error / whole is in steps of 2^-7.",
    "dlogits = clip(floor((error + 128 * whole + h) / whole) - 128, 127), h = (2 S * R >> 32) * 2^(f - 8), R = 2^31 to nearest,",
    "random(i) of the element of dlogits where rounding is stochastic. e(dlogits) = -7, range [-127, 127].",
    "With a fine tensor and |error| < whole dlogits = 0 and fine = clip(floor((error * 2^7 + h + 128 * whole) / whole) - 128,",
    "127); else fine = 0. e(fine) = -14, range [-127, 127].",
    "gradient(bias + i) = (sum over images of dlogits, -7), with fine (sum of dlogits * 2^7 + fine, -14). Without dlogits",
    "metrics alone is written.",
  ],
  int8_pool_backward: [
    "v = dy[n, c] * reciprocal for every pixel of an image, e = e(dy) - 22, m = magnitude(range(dy)) * reciprocal, s as of",
    "quantize. To nearest: q = clip(round(v, s), 127). Stochastic: drop = max(0, s - 20), w = clip(v >> drop,",
    "2^7 * 2^(s - drop)), q = clip(stochastic(w, s - drop), 127). dx = mask ? clip(q, limit(b)) : 0. e(dx) = e + s,",
    "range(dx) = +-limit(b). gradient(bias) = (sum(dy), e(dy)).",
  ],
  int8_max_pool_backward: [
    "dx = sum of the dy whose places point to it. e(dx) = e(dy), range(dx) = span(dx).",
  ],
  int8_residual_backward: [
    "dz = quantize(dy * scalars[scale], e(dy) - 13, range(dy) * scalars[scale] in order).",
    "gradient(scale) = (sum(dy * z), e(dy) + e(z)), gradient(bias) = (sum(dy), e(dy)).",
  ],
  int8_activate_backward: [
    "v = mask ? dy : 0. dx = quantize(v, e(dy), span(v)). gradient(bias_behind) = (sum(dy), e(dy)),",
    "gradient(bias_before) = (sum(v), e(dy)).",
  ],
  int8_block_backward: [
    "d = e(dr) - e(du). 0 <= d <= 20: e = e(du). Else e = max(e(du) + width(magnitude(range(du))), e(dr) +",
    "width(magnitude(range(dr)))) - 28. left = e(du) - e; du' = left >= 0 ? du * 2^left : round(du, min(-left, 30)).",
    "f = align(1, e(dr) - e, 2^28). du becomes du' + dr[n, y / stride, x / stride, c] * f where stride divides y and x, else",
    "du'. e(du) becomes e, range(du) in the first case [low - 127 f, high + 127 f], else [-2^29, 2^29].",
    "v = mask ? du : 0. dx = quantize(v, e, span(v)). gradient(bias_behind) = shortcut_behind = 1 ? (sum of the new du, e)",
    ": (sum of the old du, its exponent). gradient(bias_before) = (sum(v), e).",
  ],
  int8_batchnorm_forward: [
    "A number is (mantissa, exponent), normal(m, e) = (m * 2^-d rounded down, e + d) with d = width(m) - 32. Of a channel,",
    "over its pixels: s = max(0, ceil((2 * width(magnitude(range(x))) + width(pixels) - 62) / 2)), w = round(x, s),",
    "A = sum(w), B = sum(w^2). V = pixels * B - A^2 + (pixels^2 * 2^min(p, 62) rounded down), p = -17 - 2 * (e(x) + s), V",
    "at least 1 (128 bits). h = the even number of width(V) - 62 and the one above it; root = floor(sqrt(V * 2^-h)).",
    "count = normal(pixels, 0). mean = clip(align(floor(A * 2^16 / pixels), s, 2^46 - 1), 2^46 - 1), std =",
    "normal(floor(root * 2^32 / count.mantissa), h / 2 - 32 - count.exponent + s).",
    "running, means and then standard deviations in steps of 2^-20, e(running) = -20: with g = e(x) + 20, r += round(t - r, 3)",
    "within +-(2^31 - 1), t = align(mean, g - 16, 2^31 - 1) and align(std.mantissa, std.exponent + g, 2^31 - 1).",
    "i = (floor(2^63 / std.mantissa), -63 - std.exponent) is 1 / std. E = i.exponent + 26. u = min(max(-16 - E, 0), 31).",
    "factor = align(i.mantissa, E + u, 2^30). most = floor(2^30 / max(factor, 1)). offset = 2^14 + (u > 0 ? floor(factor /",
    "2) : 0) - ((mean % 2^16) * factor >> (16 + u)). t = clip((x - (mean >> 16)) >> u, most). xhat = clip((t * factor +",
    "offset) >> 15, 32767), e(xhat) = -11. v = xhat * gamma + beta * 2^11 + residual * align(1, e(residual) + 17, 2^22),",
    "norm being gammas, then betas. mask = v > 0. With a mask v = max(v, 0). y = quantize(v, -17, range), 8 bits to nearest,",
    "range = [-max |v|, max |v|], with a mask [0, max v].",
    "inverse = align(i.mantissa, i.exponent - T - 2, 2^31 - 1), T the largest i.exponent; e(inverse) = T + 2 - e(x), range",
    "[0, 2^31 - 1].",
  ],
  int8_batchnorm_inference: [
    "As int8_batchnorm_forward with mean = align(running mean, -4 - e(x), 2^46 - 1) and std = normal(max(running std, 1),",
    "-20 - e(x)); v = max(v, 0) where relu = 1. Only y is written.",
  ],
  int8_batchnorm_backward: [
    "norm is gammas, then betas. Of a channel: A = sum(dy), B = sum(dy * xhat). gradients = all B, then all A * 2^11;",
    "e(gradients) = e(dy) - 11.",
    "mean(z) = floor(z * 2^16 / pixels). drop = max(0, width(max |gamma * inverse|) - 24). k = round(gamma * inverse, drop),",
    "a = -k * mean(A), b = -k * mean(B). M = the largest of |k| * 2^7 + (|a| >> 16) + 1 + ((|b| >> 38) + 1) * 2^15 over the",
    "channels, s = max(0, width(M) - 29). v = dy * round(k, s) + xhat * round(b, 38 + s) + round(a, 16 + s).",
    "dx = quantize(v, e(dy) - 6 + e(inverse) + drop + s, span(v)).",
  ],
  int8_centre_gradients: [
    "Of each channel, count / channels = n gradients: int64 ones are first clipped at 2^40. mean = (sum * floor((2^22 +",
    "floor(n / 2)) / n) + 2^21) >> 22. dw -= mean, int32 within +-(2^31 - 1). range(dw) = the smallest",
    "and the largest of dw and zero; of int64 dw [-2^31, 2^31 - 1].",
  ],
  int8_update: [
    "R = random(i) of the element; high = R >> 16, low = R % 2^16. fraction(x, s, u) = (x + floor(u * 2^s / 2^16)) >> s.",
    "high is 2^15 for g where gradient_nearest = 1, low is 2^15 where update_nearest = 1. s = exact(max |dw|) for gradient_bits.",
    "g = clip(fraction(dw, s, high), limit(gradient_bits)), its exponent eg = e(dw) + s, or gradient_exponent where",
    "gradient_fixed = 1. The rate is rate_mantissa * 2^rate_exponent, M * 2^r with M doubled up to 128..255.",
    "With feedback = 1 and no fraction, error feedback, finer = momentum_shift, else 0. lift = r + eg - (e(weights) - 12) + finer.",
    "force = round(g * M * 2^min(max(lift, 0), 16), min(max(-lift, 0), 17)).",
    "With decay > 0: D = decay - r - finer, force += fraction(W * (M >> min(max(D - 30, 0), 8)), min(max(D, 4), 30), high),",
    "W the stored weight in steps of 2^-12 weight steps, rounded down.",
    "momentum = clip(momentum + force - round(momentum, momentum_shift), 2^23 - 1). due = momentum, or with nesterov = 1",
    "clip(force, 2^23 - 1) + momentum - round(momentum, momentum_shift).",
    "8 stored bits (no fraction): u = clip(fraction(due, 12, low), limit(update_bits)), weights = clip(weights - u,",
    "limit(weight_bits)). With error feedback v = clip(momentum + force, 2^23 - 1), due = v, or with",
    "nesterov = 1 and F = clip(force, 2^23 - 1) v + F - (F >> momentum_shift), u = clip(fraction(due,",
    "12 + momentum_shift, low), limit(update_bits)), momentum = v - u * 2^12, weights as above.",
    "16 bits (fraction uint8, read as int8): stored = weights * 2^8 + fraction, u = clip(fraction(due, 4, low),",
    "2^(update_bits + 7) - 1), stored = clip(stored - u, limit(weight_bits) * 2^8); weights = round(stored, 8), fraction",
    "= the rest. 24 bits (fraction int16): stored = weights * 2^16 + fraction, u = clip(due * 2^4,",
    "2^(update_bits + 15) - 1), and so on with 16 bits. range(weights) = [-127, 127], range(momentum) = +-(2^23 - 1).",
    "Where momentum is int16 it is read times 2^4; what the above leaves in it is written as clip((momentum + R % 2^4) >> 4,",
    "2^15 - 1), its range +-(2^15 - 1), behind u, which knows nothing of that.",
  ],
  int8_clear_gradients: ["gradients, as one row of elements: `count` of them from `first` on become 0."],
  int8_update_scalars: [
    "Of scalar i: unit = (i < biases ? -14 : -13) - 16, (sum, e) = gradients[i]. s = clip(e, 2^20) + rate_exponent - unit.",
    "v = clip(momentum, 2^44), f = align(clip(sum, 2^52) * rate_mantissa, s, 2^44); v += f - round(v, momentum_shift);",
    "momentum = clip(v, 2^44), due = momentum, or with nesterov = 1 f + momentum - round(momentum, momentum_shift).",
    "scalars = clip(scalars - clip((due + (random(i) >> 16)) >> 16, 32767), 32767).",
  ],
  int8_count_values: [
    "counts = [elements of x that are +-127, elements that are 0 in x and, if there is one, in fine]. Changes nothing else.",
  ],
  int8_count_updates: [
    "stored is a weight with its fraction as of int8_update. counts = [weights that are +-127, stored = before, sum of",
    "|stored - before|]; before becomes stored.",
  ],
  int8_peak: ["Multiplies between registers, `iterations` times, to measure the machine; reads and writes no tensor."],
};
