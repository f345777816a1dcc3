/**
 * The drawing pad: pointer, pen and keyboard.
 *
 * @module
 */

/** Part of the side that a line is wide, and that a key moves the pen. */
const LINE = 1 / 13, STRIDE = 1 / 28;

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** A canvas that is drawn on; `onChange` is told after each line. */
export class Pad {
  #onChange;
  #pen = { x: 0.5, y: 0.5, down: false };
  #drawing = false;

  constructor(canvas, onChange, say) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.width = canvas.width;
    this.height = canvas.height;
    this.#onChange = onChange;
    Object.assign(this.context, { lineCap: "round", lineJoin: "round", strokeStyle: "#fff", fillStyle: "#fff" });
    this.context.lineWidth = LINE * canvas.width;
    this.clear();
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#go(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => this.#drawing = false);
    canvas.addEventListener("keydown", (event) => this.#key(event, say));
  }

  /** Wipes everything off. */
  clear() {
    this.context.save();
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.width, this.height);
    this.context.restore();
    this.#pen.down = false;
  }

  #at({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }

  #begin(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.#drawing = true;
    Object.assign(this.#pen, this.#at(event));
    this.#line(this.#pen);
  }

  #go(event) {
    if (!this.#drawing) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) this.#line(this.#at(each));
  }

  /** Draws from where the pen is to another place, parts of the side. */
  #line(to) {
    const { context } = this;
    context.beginPath();
    context.moveTo(this.#pen.x * this.width, this.#pen.y * this.height);
    context.lineTo(to.x * this.width, to.y * this.height);
    context.stroke();
    Object.assign(this.#pen, { x: to.x, y: to.y });
    this.#onChange();
  }

  #key(event, say) {
    const move = MOVES[event.key];
    if (move !== undefined) {
      const [x, y] = move.map((step, i) => Math.min(1, Math.max(0, [this.#pen.x, this.#pen.y][i] + step * STRIDE)));
      if (this.#pen.down) this.#line({ x, y });
      else Object.assign(this.#pen, { x, y });
      say(`Pen ${this.#pen.down ? "down" : "up"}, ${Math.round(100 * x)} across, ${Math.round(100 * y)} down`);
    } else if (event.key === " ") {
      this.#pen.down = !this.#pen.down;
      if (this.#pen.down) this.#line(this.#pen);
      say(this.#pen.down ? "Pen down" : "Pen up");
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
      this.#onChange();
      say("Cleared");
    } else return;
    event.preventDefault();
  }
}
