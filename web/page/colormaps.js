// Colour maps as 17 evenly spaced stops each, sRGB, low to high: enough for the legend and for the 2D preview.
// The renderer draws with all 256 colours of renderer/colormaps/; a test compares these stops with them.

/** @type {Record<string, string>} */
const STOPS = {
  viridis:
    '440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1f9f88 27ad81 3dbc74 5cc863 81d34d aadc32 d5e21a fde725',
  cividis:
    '00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 8b8778 9a9376 aaa073 bbad6d ccba64 ddc858 efd748 fee838',
  batlow:
    '011959 0d315d 114360 175262 226061 356a59 4d734d 677b3e 828231 9f892b be9035 db954b f19d6b fca890 fdb4b4 fcbfd6 faccfa',
  turbo:
    '30123b 4040a2 466be3 4294ff 28bceb 18ddc2 32f298 6dfe62 a4fc3c cbed34 ecd13a fdae35 fb8122 ec530f d23105 ac1701 7a0403',
};

/** Names, the default first. */
export const colormapNames = Object.keys(STOPS);

/**
 * Stops of a colour map.
 * @param {string} name
 * @returns {string[]} 17 times `#rrggbb`
 */
export function stopsOf(name) {
  const stops = STOPS[name];
  if (!stops) throw new RangeError(`there is no colour map ${name}; there are ${colormapNames.join(', ')}`);
  return stops.split(' ').map((stop) => `#${stop}`);
}

/**
 * A colour map as 256 entries of red, green and blue, by linear interpolation between the stops.
 * @param {string} name
 * @returns {Uint8Array} 768 bytes
 */
export function tableOf(name) {
  const stops = stopsOf(name).map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  const table = new Uint8Array(768);
  for (let k = 0; k < 256; k++) {
    const place = (k / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    for (let c = 0; c < 3; c++) table[3 * k + c] = Math.round(stops[low][c] + (stops[low + 1][c] - stops[low][c]) * (place - low));
  }
  return table;
}
