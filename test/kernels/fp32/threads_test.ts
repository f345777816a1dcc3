import { assertEquals } from "@std/assert";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { Fixture } from "../fixture.ts";
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
  const statistics = [mean!, inverseStd!, runningMean!, runningVariance!];
  const geometry = [n, h, w, c, k, 3, 2, 1];
  const weights = tensor(k * 9 * c), dweights = tensor(k * 9 * c), velocity = tensor(k * 9 * c);
  const small = tensor(n * 15 * 16 * k), dx = tensor(pixels * c), pooled = tensor(n * c);
  const pixelBytes = fixture.bytes(Uint8Array.from({ length: pixels * c }, () => 256 * source()));

  fixture.call("eoq_fp32_conv_forward", x, weights, small, ...geometry);
  fixture.call("eoq_fp32_conv_backward_data", small, weights, dx, ...geometry);
  fixture.call("eoq_fp32_conv_backward_weights", x, small, dweights, ...geometry);
  fixture.call("eoq_fp32_pool_forward", x, pooled, n, h * w, c);
  const inputs = [x, residual, gamma!, beta!, y];
  fixture.call("eoq_fp32_batchnorm_relu_forward", ...inputs, ...statistics, pixels, c, 1, 0.1, 1e-5);
  const backward = [dy, residual, y, x, gamma!, beta!, mean!, inverseStd!, dgamma!, dbeta!];
  fixture.call("eoq_fp32_batchnorm_relu_backward", ...backward, pixels, c, 1);
  fixture.call("eoq_fp32_fixup_relu_forward", x, residual, y, pixels * c, gamma!, 3, 2, 1, 0);
  fixture.call("eoq_fp32_fixup_residual_backward", dy, residual, y, x, pixels * c, gamma!, dgamma!, 3, 2, 0);
  fixture.call("eoq_fp32_fixup_relu_backward", dy, residual, y, pixels * c, gamma!, dbeta!, 2, 0);
  fixture.call("eoq_fp32_shortcut_backward", dy, dx, n, h, w, c, c, 1);
  fixture.call("eoq_fp32_from_uint8", pixelBytes, residual, pixels * c, 0);
  fixture.call("eoq_fp32_sgd_step", residual, y, dx, pixels * c, 0.1, 0.9, 1e-4);
  fixture.call("eoq_fp32_sgd_step_centered", weights, velocity, dweights, k, 9 * c, 0.1, 0.9, 1e-4);
  const results = [small, dx, dweights, weights, velocity, pooled, ...inputs, ...statistics, ...backward].map(read);
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
