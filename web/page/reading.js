// While a file of particles is read, a notice says how far.

/** Readings that end sooner are not worth a word. */
const PATIENCE_MS = 150;

/** @param {number} bytes */
const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** @param {import('./session.js').Session} session @param {import('./notice.js').Notices} notices */
export function showReading(session, notices) {
  /** @type {HTMLElement | undefined} */
  let notice;
  let begun = -Infinity;
  session.addEventListener('reading', (event) => {
    const { name, done, total, over } = /** @type {CustomEvent<import('../particles.js').Reach>} */ (event).detail;
    if (over) {
      notice?.remove();
      notice = undefined;
      begun = -Infinity;
      return;
    }
    if (begun < 0) begun = performance.now();
    if (performance.now() - begun < PATIENCE_MS) return;
    const text = total > 0 ? `${mebibytes(done)} of ${mebibytes(total)}, ${Math.floor((100 * done) / total)} %` : mebibytes(done);
    notice ??= notices.tell('info', `Reading ${name}`, text, { stay: true });
    const body = notice.querySelector('p');
    if (body) body.textContent = text;
  });
}
