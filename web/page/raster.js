// Shaded spheres and lines into an ImageData, with a depth for each pixel. Orthodox and slow: for the 2D preview only.

/** Smallest radius, so that far particles do not vanish. */
const LEAST_PIXELS = 0.75;

export class Raster {
  /**
   * @param {number} width @param {number} height
   * @param {number[]} background red, green, blue
   * @param {Float32Array} clipFromWorld
   */
  constructor(width, height, background, clipFromWorld) {
    this.width = width;
    this.height = height;
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.pixels.fill(0xff000000 | (background[2] << 16) | (background[1] << 8) | background[0]);
    /** Distance along the view direction of what each pixel shows. */
    this.depth = new Float32Array(width * height).fill(Infinity);
    this.matrix = clipFromWorld;
    /** Pixels that a unit of length covers at a distance of one. */
    this.pixelsPerLength = (Math.hypot(clipFromWorld[1], clipFromWorld[5], clipFromWorld[9]) * height) / 2;
  }

  /**
   * Where a point is seen: x and y in pixels, and its distance along the view direction; nothing behind the eye.
   * @param {number} x @param {number} y @param {number} z
   * @returns {[number, number, number] | undefined}
   */
  project(x, y, z) {
    const m = this.matrix;
    const w = m[3] * x + m[7] * y + m[11] * z + m[15];
    if (w <= m[14]) return undefined;
    const cx = (m[0] * x + m[4] * y + m[8] * z + m[12]) / w;
    const cy = (m[1] * x + m[5] * y + m[9] * z + m[13]) / w;
    return [(cx + 1) * 0.5 * this.width, (1 - cy) * 0.5 * this.height, w];
  }

  /**
   * @param {number} x @param {number} y @param {number} z centre
   * @param {number} size pixels of its radius at a distance of one
   * @param {number} radius in the world
   * @param {number} r @param {number} g @param {number} b 0 to 255
   * @param {boolean} whole draw it at any size
   * @param {number} [most] pixels of the largest radius
   */
  sphere(x, y, z, size, radius, r, g, b, whole, most = Infinity) {
    const at = this.project(x, y, z);
    if (!at) return;
    const [cx, cy, w] = at;
    const pixels = Math.max(whole ? size / w : Math.min(size / w, Math.max(most, LEAST_PIXELS)), LEAST_PIXELS);
    if (cx + pixels < 0 || cy + pixels < 0 || cx - pixels >= this.width || cy - pixels >= this.height) return;
    if (pixels < 1) this.#dot(cx | 0, cy | 0, w - radius, 0xff000000 | (b << 16) | (g << 8) | r);
    else this.#disc(cx, cy, pixels, w, radius, r, g, b);
  }

  /** @param {number} x @param {number} y @param {number} depth @param {number} color */
  #dot(x, y, depth, color) {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const k = y * this.width + x;
    if (depth >= this.depth[k]) return;
    this.depth[k] = depth;
    this.pixels[k] = color;
  }

  /** @param {number} cx @param {number} cy @param {number} pixels @param {number} w @param {number} radius @param {number} r @param {number} g @param {number} b */
  #disc(cx, cy, pixels, w, radius, r, g, b) {
    const { width, height, depth } = this;
    const top = Math.max(Math.ceil(cy - pixels - 0.5), 0);
    const bottom = Math.min(Math.floor(cy + pixels - 0.5), height - 1);
    for (let py = top; py <= bottom; py++) {
      const ny = (py + 0.5 - cy) / pixels;
      const half = pixels * Math.sqrt(Math.max(1 - ny * ny, 0));
      const end = Math.min(Math.floor(cx + half - 0.5), width - 1);
      for (let px = Math.max(Math.ceil(cx - half - 0.5), 0); px <= end; px++) {
        const nx = (px + 0.5 - cx) / pixels;
        const nz = Math.sqrt(Math.max(1 - nx * nx - ny * ny, 0));
        const k = py * width + px;
        const near = w - nz * radius;
        if (near >= depth[k]) continue;
        depth[k] = near;
        // Light from above the left shoulder, and a little from everywhere.
        const light = 0.3 + 0.7 * Math.max(0.5 + 0.5 * (-0.35 * nx - 0.62 * ny + 0.7 * nz), 0);
        this.pixels[k] = 0xff000000 | ((b * light) << 16) | ((g * light) << 8) | (r * light);
      }
    }
  }

  /** @param {ArrayLike<number>} from @param {ArrayLike<number>} to @param {number} color */
  line(from, to, color) {
    const steps = 400;
    for (let k = 0; k <= steps; k++) {
      const t = k / steps;
      const at = this.project(from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t, from[2] + (to[2] - from[2]) * t);
      if (at) this.#dot(at[0] | 0, at[1] | 0, at[2], color);
    }
  }
}

/** The edges of a box. @param {Raster} raster @param {Float32Array} bounds @param {number[]} color */
export function drawBox(raster, bounds, [r, g, b]) {
  const corner = (/** @type {number} */ bits) => [0, 1, 2].map((k) => bounds[k + (bits & (1 << k) ? 3 : 0)]);
  for (let from = 0; from < 8; from++) {
    for (const bit of [1, 2, 4]) if (!(from & bit)) raster.line(corner(from), corner(from | bit), 0xff000000 | (b << 16) | (g << 8) | r);
  }
}
