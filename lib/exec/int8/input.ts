/**
 * The images on their way into an int8 network.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import type { TrainingSource } from "./layer.ts";
import type { Room } from "./room.ts";

/** What the first layer reads. */
export class Input implements TrainingSource {
  readonly output: Tensor;
  readonly relu = undefined;
  readonly #room: Room;
  readonly #bytes: Tensor;
  readonly #elements: number;
  readonly #offset: number;

  /** @param offset what is taken off a byte, see `inputOffset` */
  constructor(room: Room, { height, width, channels }: Plan, offset: number) {
    this.#room = room;
    this.#elements = height * width * channels;
    this.#offset = offset;
    this.#bytes = room.tensor("uint8", this.#elements);
    this.output = room.tensor("int8", this.#elements);
  }

  /** Copies `count` images in. */
  load(count: number, images: Uint8Array): void {
    const { library } = this.#room;
    const elements = count * this.#elements;
    this.#bytes.write(images.subarray(0, elements) as Uint8Array<ArrayBuffer>);
    library.check(
      library.symbols.eoq_int8_input(this.#bytes.handle, this.#offset, this.output.handle, elements),
    );
  }
}
