// Samples of sounds, to be compared.

/** @param {Float32Array} side */
export const bits = (side) => Buffer.from(side.buffer, side.byteOffset, side.byteLength);
/** @param {Float32Array} side */
export const loudest = (side) => side.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** Both sides of a WAV file of 32-bit floats. @param {Buffer} file */
export function sidesOf(file) {
  const at = file.indexOf('data') + 8;
  const all = new Float32Array(file.buffer.slice(file.byteOffset + at, file.byteOffset + at + file.readUInt32LE(at - 4)));
  return [0, 1].map((side) => all.filter((_, k) => k % 2 === side));
}
