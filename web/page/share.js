// What can be taken away: a link to what is shown (the scene, what was changed, from where it is seen), and files.

import { shareLink } from './query.js';

/**
 * @param {import('./session.js').Session} session
 * @param {import('./stage.js').Stage} stage
 * @param {number} speed steps per frame
 * @param {string | undefined} backend that the address asked for
 */
export function linkTo(session, stage, speed, backend) {
  const { source, overrides } = session;
  const camera = stage.view?.camera() ?? stage.camera ?? [];
  return shareLink(location.href, { scene: source?.preset ? source.name : '', overrides: [...overrides].map(([path, value]) => `${path}=${value}`), camera, speed, backend });
}

/**
 * Copies text; where the browser forbids that, shows it to be copied by hand.
 * @param {string} text
 * @param {import('./notice.js').Notices} notices
 * @param {boolean} whole false where the link cannot hold all, because a file from outside is shown
 */
export async function copyLink(text, notices, whole) {
  const title = whole ? 'Link copied' : 'Link copied, without the file';
  const hint = whole ? '' : 'A link cannot hold a file that you opened; send the file along.';
  try {
    await navigator.clipboard.writeText(text);
    notices.tell('info', title, hint);
  } catch {
    notices.tell('info', 'Copy this link', text, { stay: true });
  }
}

/**
 * Hands a file to the browser to be saved.
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export function download(name, bytes) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
