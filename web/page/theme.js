// Dark, light, or as the system has it; and the canvas colours that go with it.

const KEY = 'motes.theme';
/** @typedef {'auto' | 'dark' | 'light'} Theme */

/** Storage may be forbidden; the choice then lasts as long as the page. */
function stored() {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'dark' || value === 'light' ? value : 'auto';
  } catch {
    return 'auto';
  }
}

/** Red, green and blue from 0 to 1 of a computed colour such as `rgb(1, 2, 3)`. @param {string} text */
function channels(text) {
  const [r = 0, g = 0, b = 0] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return /** @type {const} */ ([r / 255, g / 255, b / 255]);
}

/** Event: `change`. */
export class ThemeSwitch extends EventTarget {
  /** @type {Theme} */
  theme = stored();

  /** @param {HTMLSelectElement} select @param {HTMLElement} stage */
  constructor(select, stage) {
    super();
    this.stage = stage;
    select.value = this.theme;
    this.#apply();
    select.addEventListener('change', () => {
      this.theme = /** @type {Theme} */ (select.value);
      try {
        localStorage.setItem(KEY, this.theme);
      } catch {
        // It lasts as long as the page, then.
      }
      this.#apply();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#apply());
  }

  #apply() {
    document.documentElement.dataset.theme = this.theme;
    this.dispatchEvent(new Event('change'));
  }

  /** Glowing points add light, so they need a dark ground whatever the theme. @param {boolean} dark */
  needDark(dark) {
    document.documentElement.dataset.ground = dark ? 'dark' : 'theme';
  }

  /** Gives the View its background and line colours. @param {import('./gpu.js').View} view */
  colour(view) {
    const style = getComputedStyle(this.stage);
    view.setBackground(...channels(style.backgroundColor));
    view.setLineColor(...channels(style.outlineColor));
  }
}
