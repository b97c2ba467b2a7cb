// One clock for page and worker: `performance.now()` alone counts from another moment in each.

/** Milliseconds since the page's epoch. */
export const now = () => performance.timeOrigin + performance.now();
