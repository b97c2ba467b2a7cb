// The camera of the 2D preview: orbits a point, y up, and makes the same kind of matrix that the renderer makes.
// Column-major, WebGPU clip space with depth 1 near and 0 infinitely far.

const VERTICAL_FIELD = (40 * Math.PI) / 180;
const RADIANS = Math.PI / 180;

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class OrbitCamera {
  azimuth = 30;
  elevation = 20;
  /** In units of the bounds' diagonal. */
  distance = 1.4;
  target = [0, 0, 0];
  /** Diagonal of the bounds. */
  diagonal = 1;

  /** Tangent of half the field of view along the shorter side of the picture. @param {number} aspect */
  #tangents(aspect) {
    const tangent = Math.tan(VERTICAL_FIELD / 2);
    return aspect >= 1 ? { x: tangent * aspect, y: tangent } : { x: tangent, y: tangent / aspect };
  }

  /** Right, up and backward directions, and the eye. */
  axes() {
    const a = this.azimuth * RADIANS;
    const e = this.elevation * RADIANS;
    const back = [Math.cos(e) * Math.sin(a), Math.sin(e), Math.cos(e) * Math.cos(a)];
    const right = [Math.cos(a), 0, -Math.sin(a)];
    const up = [-Math.sin(e) * Math.sin(a), Math.cos(e), -Math.sin(e) * Math.cos(a)];
    const eye = this.target.map((at, k) => at + back[k] * this.distance * this.diagonal);
    return { right, up, back, eye };
  }

  /** @param {number} aspect width over height @returns {Float32Array} */
  clipFromWorld(aspect) {
    const { right, up, back, eye } = this.axes();
    const tangent = this.#tangents(aspect);
    const near = this.diagonal * 1e-3;
    const row = (/** @type {number[]} */ axis, /** @type {number} */ scale) =>
      [...axis.map((value) => value * scale), -axis.reduce((sum, value, k) => sum + value * eye[k], 0) * scale];
    const rows = [row(right, 1 / tangent.x), row(up, 1 / tangent.y), [0, 0, 0, near], row(back, -1)];
    return new Float32Array(Array.from({ length: 16 }, (_, k) => rows[k % 4][k >> 2]));
  }

  /** World length of one pixel at the target. @param {number} width @param {number} height */
  #pixel(width, height) {
    return (2 * this.#tangents(width / height).y * this.distance * this.diagonal) / Math.max(height, 1);
  }

  /** @param {number} dx @param {number} dy pixels */
  orbit(dx, dy) {
    this.azimuth = (((this.azimuth - dx * 0.4) % 360) + 360) % 360;
    this.elevation = clamp(this.elevation + dy * 0.4, -89, 89);
  }

  /** @param {number} dx @param {number} dy pixels @param {number} width @param {number} height */
  pan(dx, dy, width, height) {
    const { right, up } = this.axes();
    const length = this.#pixel(width, height);
    this.target = this.target.map((at, k) => at + (up[k] * dy - right[k] * dx) * length);
  }

  /** @param {number} factor below 1 comes nearer */
  dolly(factor) {
    this.distance = clamp(this.distance * factor, 0.01, 100);
  }
}
