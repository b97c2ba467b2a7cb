// Short messages over the picture. Errors stay until they are dismissed and are read out at once; the rest leaves by itself.

const STAY_MS = 8000;
/** More than these at once help nobody: the oldest goes. */
const MOST = 4;

export class Notices {
  /** @param {HTMLElement} place an empty element */
  constructor(place) {
    this.place = place;
  }

  /**
   * Tells something.
   * @param {'info' | 'warning' | 'error'} kind
   * @param {string} title
   * @param {string} [text] shown as it is, in a monospaced face where it has several lines
   * @param {{stay?: boolean, action?: {label: string, run: () => void}}} [options]
   */
  tell(kind, title, text = '', { stay = kind === 'error', action } = {}) {
    const notice = document.createElement('section');
    notice.className = `notice ${kind}`;
    notice.setAttribute('role', kind === 'error' ? 'alert' : 'status');
    const head = notice.appendChild(document.createElement('strong'));
    head.textContent = title;
    if (text) {
      const body = notice.appendChild(document.createElement(text.includes('\n') ? 'pre' : 'p'));
      body.textContent = text;
      if (text.includes('\n')) body.tabIndex = 0;
    }
    if (action) notice.append(this.#button(action.label, 'action', () => (notice.remove(), action.run())));
    const close = notice.appendChild(this.#button('×', 'close', () => notice.remove()));
    close.setAttribute('aria-label', `Dismiss: ${title}`);
    this.place.append(notice);
    while (this.place.children.length > MOST) this.place.firstElementChild?.remove();
    if (!stay) setTimeout(() => notice.remove(), STAY_MS);
    return notice;
  }

  /** @param {string} label @param {string} name @param {() => void} run */
  #button(label, name, run) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = name;
    button.textContent = label;
    button.addEventListener('click', run);
    return button;
  }

  /** Takes away what a new scene makes untrue. */
  clear() {
    this.place.replaceChildren();
  }
}
