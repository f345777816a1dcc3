/**
 * ResNet-20 for images of 32x32x3 in TensorFlow.js, trained with momentum. Its
 * WebAssembly has no gradient of a convolution's weights, so each tap of a
 * kernel is a product of matrices here.
 *
 * @module
 */

/** Gradient of the weights of a convolution with padding "same". */
function weightsGradient(tf, x, dy, shape, stride) {
  const [kernelHeight, kernelWidth, inputs, outputs] = shape, [n, height, width] = x.shape;
  const [, outHeight, outWidth] = dy.shape;
  const padding = (size, out, kernel) => Math.max(0, (out - 1) * stride + kernel - size);
  const rows = padding(height, outHeight, kernelHeight), columns = padding(width, outWidth, kernelWidth);
  const top = rows >> 1, left = columns >> 1;
  const padded = tf.pad(x, [[0, 0], [top, rows - top], [left, columns - left], [0, 0]]);
  const pixels = n * outHeight * outWidth, errors = dy.reshape([pixels, outputs]), taps = [];
  for (let i = 0; i < kernelHeight; i++) {
    for (let j = 0; j < kernelWidth; j++) {
      const end = [n, i + (outHeight - 1) * stride + 1, j + (outWidth - 1) * stride + 1, inputs];
      const read = stride === 1
        ? tf.slice(padded, [0, i, j, 0], [n, outHeight, outWidth, inputs])
        : tf.stridedSlice(padded, [0, i, j, 0], end, [1, stride, stride, 1]);
      taps.push(tf.matMul(read.reshape([pixels, inputs]), errors, true, false));
    }
  }
  return tf.stack(taps).reshape(shape);
}

function convolution(tf, x, weights, stride) {
  const differentiable = tf.customGrad((x, weights, save) => {
    save([x, weights]);
    const gradFunc = (dy, [x, weights]) => [
      tf.conv2dTranspose(dy, weights, x.shape, stride, "same"),
      weightsGradient(tf, x, dy, weights.shape, stride),
    ];
    return { value: tf.conv2d(x, weights, stride, "same"), gradFunc };
  });
  return differentiable(x, weights);
}

/**
 * A training step on random images.
 *
 * @param tf TensorFlow.js, its backend chosen
 * @param batch images of a step
 * @param norm whether there is batch norm; else biases, and branches are scaled by 0.3
 * @returns a function that does a step and returns the loss
 */
export function resnet20(tf, batch, norm) {
  const variables = [];
  const variable = (tensor) => {
    const made = tf.variable(tensor);
    variables.push(made);
    return made;
  };
  const weights = (inputs, outputs) =>
    variable(tf.randomNormal([3, 3, inputs, outputs], 0, Math.sqrt(2 / (9 * inputs)), "float32", variables.length + 1));
  const normalization = (channels) => {
    const gamma = norm && variable(tf.ones([channels])), beta = variable(tf.zeros([channels]));
    return (x) => {
      if (!norm) return x.add(beta);
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return x.sub(mean).mul(variance.add(1e-5).rsqrt().mul(gamma)).add(beta);
    };
  };
  const stem = weights(3, 16), stemNorm = normalization(16), blocks = [];
  let inputs = 16;
  for (const [outputs, first] of [[16, 1], [32, 2], [64, 2]]) {
    for (let i = 0; i < 3; i++) {
      const conv1 = weights(inputs, outputs), norm1 = normalization(outputs);
      const conv2 = weights(outputs, outputs), norm2 = normalization(outputs);
      blocks.push({ conv1, norm1, conv2, norm2, stride: i === 0 ? first : 1, more: outputs - inputs });
      inputs = outputs;
    }
  }
  const dense = variable(tf.randomNormal([64, 10], 0, 0.1, "float32", 99)), bias = variable(tf.zeros([10]));

  const forward = (images) => {
    let x = stemNorm(convolution(tf, images, stem, 1)).relu();
    for (const { conv1, norm1, conv2, norm2, stride, more } of blocks) {
      const inner = norm1(convolution(tf, x, conv1, stride)).relu();
      const branch = norm2(convolution(tf, inner, conv2, 1));
      const shortcut = stride === 1 ? x : tf.pad(tf.avgPool(x, 1, stride, "same"), [[0, 0], [0, 0], [0, 0], [0, more]]);
      x = branch.mul(norm ? 1 : 0.3).add(shortcut).relu();
    }
    return x.mean([1, 2]).matMul(dense).add(bias);
  };
  const optimizer = tf.train.momentum(0.05, 0.9), images = tf.randomUniform([batch, 32, 32, 3], 0, 1, "float32", 7);
  const labels = tf.oneHot(tf.range(0, batch, 1, "int32").mod(tf.scalar(10, "int32")), 10);
  return () => {
    const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, forward(images)), true, variables);
    const [value] = loss.dataSync();
    loss.dispose();
    return value;
  };
}
