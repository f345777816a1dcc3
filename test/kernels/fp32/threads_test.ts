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
  const [gamma, beta, mean, inverseStd, runningMean, runningVariance, dgamma, dbeta] = Array.from(
    { length: 8 },
    () => tensor(c),
  );
  const geometry = shaped(fixture.library, n, h, w, c, k, 3, 2, 1);
  const weights = tensor(k * 9 * c), dweights = tensor(k * 9 * c), velocity = tensor(k * 9 * c);
  const small = tensor(n * 15 * 16 * k), dx = tensor(pixels * c), pooled = tensor(n * c);
  const pixelBytes = fixture.bytes(Uint8Array.from({ length: pixels * c }, () => 256 * source()));

  fixture.call("eoq_fp32_conv_forward", x, weights, small, ...geometry);
  fixture.call("eoq_fp32_conv_backward_data", small, weights, dx, ...geometry);
  fixture.call("eoq_fp32_conv_backward_weights", x, small, dweights, ...geometry);
  fixture.call("eoq_fp32_pool_forward", x, pooled, n, h * w, c);
  const inputs = [x, residual, gamma!, beta!];
  const statistics = [runningMean!, runningVariance!], outputs = [y, mean!, inverseStd!];
  fixture.call("eoq_fp32_batchnorm_relu_forward", ...inputs, ...statistics, 1, 0.1, 1e-5, ...outputs, pixels, c);
  const backward = [dy, residual, y, x, gamma!, beta!, mean!, inverseStd!], slopes = [dgamma!, dbeta!];
  fixture.call("eoq_fp32_batchnorm_relu_backward", ...backward, 1, ...slopes, pixels, c);
  fixture.call("eoq_fp32_fixup_relu_forward", x, residual, gamma!, 3, 2, 1, 0, y, pixels * c);
  fixture.call("eoq_fp32_fixup_residual_backward", dy, residual, y, x, gamma!, dgamma!, 3, 2, 0, pixels * c);
  fixture.call("eoq_fp32_fixup_relu_backward", dy, residual, y, gamma!, dbeta!, 2, 0, pixels * c);
  fixture.call("eoq_fp32_shortcut_backward", dy, dx, ...shaped(fixture.library, n, h, w, c, c));
  fixture.call("eoq_fp32_from_uint8", pixelBytes, 0, residual, pixels * c);
  fixture.call("eoq_fp32_sgd_step", residual, y, dx, 0.1, 0.9, 1e-4, pixels * c);
  fixture.call("eoq_fp32_sgd_step_centered", weights, velocity, dweights, 0.1, 0.9, 1e-4, k, 9 * c);
  const results = [small, dx, dweights, weights, velocity, pooled, ...statistics, ...backward, ...slopes].map(read);
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
