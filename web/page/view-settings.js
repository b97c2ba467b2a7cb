// From a scene's parameters to the View's settings.

/** Spheres that the renderer draws at most. */
const MOST_OBSTACLES = 32;

/** @typedef {import('../simulation.js').Parameter} Parameter */

/** @param {Parameter[]} parameters @param {string} path @param {number[]} [otherwise] */
function values(parameters, path, otherwise = [0]) {
  return parameters.find((p) => p.path === path)?.values ?? otherwise;
}

/** The word that a choice stands at. @param {Parameter[]} parameters @param {string} path @param {string} otherwise */
export function choice(parameters, path, otherwise) {
  const parameter = parameters.find((p) => p.path === path);
  return parameter?.choices?.[parameter.values[0]] ?? otherwise;
}

/** Radius to draw with: the largest of the species', scaled. @param {Parameter[]} parameters */
function drawnRadius(parameters) {
  const radii = parameters.filter((p) => p.section === 'species' && p.name === 'radius').map((p) => p.values[0]);
  return Math.max(...radii, 0) * values(parameters, 'view.radius_scale', [1])[0];
}

/** Centres and radii of the spheres that particles stay outside of. @param {Parameter[]} parameters */
function obstacles(parameters) {
  const spheres = parameters.filter((p) => p.section === 'collider' && p.kindName === 'sphere' && p.name === 'center').map(({ path, values: center }) => {
    const prefix = path.slice(0, path.lastIndexOf('.'));
    return { side: choice(parameters, `${prefix}.side`, 'outside'), row: [...center, values(parameters, `${prefix}.radius`)[0]] };
  });
  return new Float32Array(spheres.filter(({ side }) => side === 'outside').slice(0, MOST_OBSTACLES).flatMap(({ row }) => row));
}

/** Corners of the domain. @param {Parameter[]} parameters */
export function bounds(parameters) {
  return new Float32Array([...values(parameters, 'domain.min', [-1, -1, -1]), ...values(parameters, 'domain.max', [1, 1, 1])]);
}

/**
 * Gives the View all that the scene says but the camera.
 * @param {import('./gpu.js').View} view
 * @param {Parameter[]} parameters
 */
export function applySettings(view, parameters) {
  view.setMode(choice(parameters, 'view.mode', 'spheres'));
  view.setColormap(choice(parameters, 'view.colormap', 'viridis'));
  view.setColorRange(values(parameters, 'view.color_min')[0], values(parameters, 'view.color_max', [1])[0]);
  view.setRadius(drawnRadius(parameters));
  view.setBounds(bounds(parameters), values(parameters, 'view.bounds', [1])[0] !== 0);
  view.setObstacles(obstacles(parameters));
}

/** Looks as the scene says. @param {import('./gpu.js').View} view @param {Parameter[]} parameters */
export function lookAsScene(view, parameters) {
  const one = (/** @type {string} */ name, /** @type {number} */ otherwise) => values(parameters, `view.${name}`, [otherwise])[0];
  view.look(one('azimuth', 30), one('elevation', 20), one('distance', 1.4));
}
