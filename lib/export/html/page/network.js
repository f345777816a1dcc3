/**
 * The network: its WebAssembly module, spoken to in images and classes.
 *
 * @module
 */

/** Bytes of a text in base64. */
export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** What a probability of 1 is in the network. */
const ONE = 2 ** 15;

/** A network that predicts and learns. */
export class Network {
  #exports;

  constructor(exports) {
    this.#exports = exports;
    this.reset();
  }

  /** Of the bytes of a module that imports nothing. */
  static async from(bytes) {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new Network(instance.exports);
  }

  #view(place, count) {
    return new Uint8Array(this.#exports.memory.buffer, place, count);
  }

  #take(image) {
    const size = this.#exports.image_size();
    if (image.length !== size) throw new RangeError(`an image of ${image.length} bytes, not ${size}`);
    this.#view(this.#exports.image(), size).set(image);
  }

  /** Forgets all that was learnt here. */
  reset() {
    this.#exports.reset();
  }

  /** The class that an image is taken for, and the share of each. */
  predict(image) {
    this.#take(image);
    const best = this.#exports.predict(), count = this.#exports.classes();
    const shares = new Uint16Array(this.#exports.memory.buffer, this.#exports.probabilities(), count);
    return { best, shares: Array.from(shares, (share) => share / ONE) };
  }

  /** Learns one image; the class that it was taken for before. */
  learn(image, label) {
    if (!(label >= 0 && label < this.#exports.classes())) throw new RangeError(`class ${label}`);
    this.#take(image);
    return this.#exports.learn(label);
  }

  /** A copy of all that learning goes on from. */
  save() {
    this.#exports.save();
    return this.#view(this.#exports.state(), this.#exports.state_size()).slice();
  }

  /** Goes on from a copy; false, and nothing changed, where it is none of this network. */
  load(bytes) {
    const size = this.#exports.state_size();
    if (bytes.length !== size) return false;
    const before = this.save();
    const put = (state) => {
      this.#view(this.#exports.state(), size).set(state);
      return this.#exports.load() !== 0;
    };
    if (put(bytes)) return true;
    put(before);
    return false;
  }

  /** SHA-256 of the weights in hex, which eoq prints of the same training. */
  hash() {
    return new TextDecoder().decode(this.#view(this.#exports.hash(), 64));
  }

  /** Bytes of everything: code's tables, weights, momentum, activations, stack. */
  memory() {
    return this.#exports.memory.buffer.byteLength;
  }
}
