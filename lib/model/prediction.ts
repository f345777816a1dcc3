/**
 * What a network says of an image, out of its logits.
 *
 * @module
 */

/** What a network says of one image. */
export interface Prediction {
  /** The most likely class: a place among the classes. */
  readonly label: number;
  /** Its name. */
  readonly name: string;
  /** Of each class, by the softmax: between 0 and 1, and 1 in all. */
  readonly probabilities: readonly number[];
  /** Of each class in nats: an image's logits follow from it and the weights alone. */
  readonly logits: readonly number[];
}

/** The softmax, in floating point: training has one of its own, in integers. */
export function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits), powers = logits.map((each) => Math.exp(each - most));
  const sum = powers.reduce((total, each) => total + each, 0);
  return powers.map((each) => each / sum);
}

/** Predictions of images in turn. Of classes that are equally likely the first is taken, as in training. */
export function predictionsOf(logits: Float64Array, classes: readonly string[]): Prediction[] {
  return Array.from({ length: logits.length / classes.length }, (_, image) => {
    const own = Array.from(logits.subarray(image * classes.length, (image + 1) * classes.length));
    const label = own.indexOf(Math.max(...own));
    return { label, name: classes[label]!, probabilities: softmax(own), logits: own };
  });
}
