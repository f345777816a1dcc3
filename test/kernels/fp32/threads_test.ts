import { assertEquals } from "@std/assert";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { Fixture } from "../fixture.ts";
import { shaped } from "../shapes.ts";
import { randomValues, read } from "./fixture.ts";

/** Every layer once on data of several chunks; all bytes that it writes. */
function run(fixture: Fixture): Float32Array[] {
  const n = 7, h = 29, w = 31, c = 16, k = 24, pixels = n * h * w;
  const source = uniformSource(5, 0);
  const tensor = (count: number) => fixture.tensor(randomValues(source, count));
  const x = tensor(pixels * c), residual = tensor(pixels * c), dy = tensor(pixels * c), y = tensor(pixels * c);
  const gamma = tensor(c), beta = tensor(c), mean = tensor(c), inverse_std = tensor(c);
  const running_mean = tensor(c), running_variance = tensor(c), dgamma = tensor(c), dbeta = tensor(c);
  const geometry = shaped(fixture.library, n, h, w, c, k, 3, 2, 1);
  const weights = tensor(k * 9 * c), dweights = tensor(k * 9 * c), velocity = tensor(k * 9 * c);
  const small = tensor(n * 15 * 16 * k), dx = tensor(pixels * c), pooled = tensor(n * c);
  const pixelBytes = fixture.bytes(Uint8Array.from({ length: pixels * c }, () => 256 * source()));

  fixture.call("fp32_conv_forward", { x, weights, y: small, ...geometry });
  fixture.call("fp32_conv_backward_data", { dy: small, weights, dx, ...geometry });
  fixture.call("fp32_conv_backward_weights", { x, dy: small, dweights, ...geometry });
  fixture.call("fp32_pool_forward", { x, y: pooled, n, pixels: h * w, c });
  const norm = { gamma, beta, mean, inverse_std, relu: 1, pixels, c }, rates = { momentum: 0.1, epsilon: 1e-5 };
  fixture.call("fp32_batchnorm_relu_forward", { x, residual, running_mean, running_variance, y, ...norm, ...rates });
  fixture.call("fp32_batchnorm_relu_backward", { dy, skip: residual, y, x, dgamma, dbeta, constant: 0, ...norm });
  const fixup = { scalars: gamma, before: 2, behind: 0, count: pixels * c }, errors = { dy, skip: residual, y };
  fixture.call("fp32_fixup_relu_forward", { x, residual, scale: 3, less: 1, y, ...fixup });
  fixture.call("fp32_fixup_residual_backward", { ...errors, x, gradients: dgamma, scale: 3, ...fixup });
  fixture.call("fp32_fixup_relu_backward", { ...errors, gradients: dbeta, ...fixup });
  fixture.call("fp32_shortcut_backward", { dy, dx, ...shaped(fixture.library, n, h, w, c, c) });
  fixture.call("fp32_from_uint8", { images: pixelBytes, offset: 0, x: residual, count: pixels * c });
  const sgd = { learning_rate: 0.1, momentum: 0.9, decay: 1e-4, nesterov: 0 };
  fixture.call("fp32_sgd_step", { weights: residual, velocity: y, gradient: dx, ...sgd, count: pixels * c });
  fixture.call("fp32_sgd_step_centered", { weights, velocity, gradient: dweights, ...sgd, k, length: 9 * c });
  const backward = [dy, residual, y, x, gamma, beta, mean, inverse_std];
  const results = [
    small,
    dx,
    dweights,
    weights,
    velocity,
    pooled,
    running_mean,
    running_variance,
    ...backward,
    dgamma,
    dbeta,
  ].map(read);
  fixture.clear();
  return results;
}

Deno.test("1, 2 and 3 threads write the same bits on every path", async () => {
  using fixture = await Fixture.open();
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    fixture.library.setThreads(1);
    const alone = run(fixture);
    for (const threads of [2, 3]) {
      fixture.library.setThreads(threads);
      assertEquals(run(fixture), alone, `${path}, ${threads} threads`);
    }
  }
});
