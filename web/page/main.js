// The page: makes the parts and connects them. The console has all of them as `motes`:
//
//   motes.simulation.fields.position   live particle arrays         motes.play(), motes.pause(), motes.step(n), motes.reset()
//   motes.set('force[0].acceleration', [0, -1.6, 0])                        motes.view.camera(), await motes.view.capture(320, 240)
//   motes.load({ name, text, init })   another scene                motes.rates, motes.firstFrameMs, motes.link()
//   await motes.timeline.go(350)       another moment of the run        motes.sound.sound?.stats

import { Session, overridesOf } from './session.js';
import { listenToAdd } from './add.js';
import { ViewLoop } from './view-loop.js';
import { Notices } from './notice.js';
import { Pace } from './pace.js';
import { Panel } from './panel.js';
import { SoundSwitch } from './sound.js';
import { Stage } from './stage.js';
import { Status } from './status.js';
import { ThemeSwitch } from './theme.js';
import { Timeline } from './timeline.js';
import { applySettings, choice, lookAsScene } from './view-settings.js';
import { connectControls, takeModule } from './transport.js';
import { fetchPreset, listPresets } from './presets.js';
import { linkTo } from './share.js';
import { listenToPointers } from './camera-input.js';
import { readQuery } from './query.js';
import { rendererExports } from './gpu.js';
import { drawAgain, showGrids } from './grids.js';
import { showLegend } from './legend.js';
import { showOutputs } from './outputs.js';
import { watchPhysics } from './watch.js';
import { showReading } from './reading.js';

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

const query = readQuery(location.search);
const overrides = overridesOf(query.overrides, query.complaints);
const notices = new Notices(element('notices'));
const pace = new Pace();
pace.stepsPerFrame = query.speed ?? 4;
const session = new Session(pace, query.threads);
const holder = element('stage');
const stage = new Stage(holder, query.backend);
const theme = new ThemeSwitch(/** @type {HTMLSelectElement} */ (element('theme')), holder);
const loop = new ViewLoop(session, pace, stage);
const status = new Status(element('status'));
const panel = new Panel(element('parameters'), session, (error) => notices.tell('error', 'That value cannot be used', error.message));

/** Tells screen readers what changed; empty first, so that the same words are read again. @param {string} text */
function announce(text) {
  element('announcer').textContent = '';
  requestAnimationFrame(() => (element('announcer').textContent = text));
}

/** Gives the View colours and settings of the present scene. */
function configure() {
  const parameters = session.simulation?.parameters;
  if (parameters) {
    theme.needDark(choice(parameters, 'view.mode', 'spheres') === 'points');
    showLegend(parameters);
  }
  stage.adjust((view) => {
    theme.colour(view);
    if (parameters) applySettings(view, parameters);
  });
}

/** Another simulation runs: show it from where its scene says, or from where the reader looked at the same scene. */
let shownScene = '';
let firstCamera = query.camera;
session.addEventListener('scene', () => {
  const { simulation, source } = session;
  if (!simulation || !source) return;
  document.title = `${simulation.title || source.name} · Motes`;
  element('title').textContent = simulation.title || source.name;
  element('about').textContent = source.initName ? `Particles from ${source.initName}.` : simulation.about;
  const same = shownScene === source.text && !source.init;
  shownScene = source.text;
  loop.follow();
  status.follow(simulation);
  panel.fill(simulation.parameters);
  showOutputs(element('parameters'), simulation);
  showGrids(element('parameters'), simulation);
  configure();
  if (!same) recenter();
  announce(`${simulation.title || source.name}, ${simulation.count} particles`);
});

/** Looks as the scene says; the first time, as the address says. */
function recenter() {
  const parameters = session.simulation?.parameters;
  stage.camera = undefined;
  // Whichever of scene and View comes later calls this again.
  if (!parameters || !stage.view) return;
  stage.adjust((view) => {
    lookAsScene(view, parameters);
    if (firstCamera) view.setCamera(new Float64Array(firstCamera));
    firstCamera = undefined;
  });
}

session.addEventListener('parameter', (event) => {
  const path = /** @type {CustomEvent<string>} */ (event).detail;
  configure();
  // Somebody may have set it from the console; a control that is being used shows it already.
  if (!element('parameters').contains(document.activeElement)) panel.refresh();
  if (/^view\.(azimuth|elevation|distance)$/.test(path)) recenter();
  if (!path.startsWith('view.')) status.rebase();
});
session.addEventListener('reset', () => {
  if (!session.simulation) return;
  status.follow(session.simulation);
  void drawAgain(session.simulation);
});
session.addEventListener('fault', (event) => {
  const { message, step } = /** @type {CustomEvent} */ (event).detail;
  notices.tell('error', 'Physics stopped', `${message}. The run stands again where it last was sound, before step ${step}.`, {
    action: { label: 'Reset', run: () => void session.reset() },
  });
});
session.addEventListener('reverted', (event) => {
  notices.tell('warning', 'Back to the module before', `The new one failed: ${/** @type {CustomEvent} */ (event).detail.reason}. No step was lost.`);
});
session.addEventListener('pluginstopped', (event) => {
  const { file, step, reason } = /** @type {CustomEvent} */ (event).detail;
  notices.tell('error', `${file} was switched off`, `${reason}. The run goes on without it from step ${step}.`);
});
session.addEventListener('restarted', (event) => {
  notices.tell('warning', 'Workers restarted', `${/** @type {CustomEvent} */ (event).detail.reason}. No step was lost.`);
});

stage.addEventListener('fresh', () => {
  const again = stage.camera;
  configure();
  if (!again) recenter();
  status.showGraphics(stage.view, stage.restarts);
});
stage.addEventListener('lost', (event) => {
  notices.tell('warning', 'Graphics restarted', `${/** @type {CustomEvent} */ (event).detail}. The run went on; nothing of it was lost.`);
  status.showGraphics(stage.view, stage.restarts);
});
stage.addEventListener('refused', (event) => {
  const { backend, reason } = /** @type {CustomEvent} */ (event).detail;
  notices.tell('info', `${backend} cannot be used here`, reason);
});
stage.addEventListener('trouble', (event) => notices.tell('error', 'Trouble with graphics', /** @type {CustomEvent} */ (event).detail));
theme.addEventListener('change', configure);
loop.addEventListener('rates', () => status.showRates(loop.rates, pace.playing));
loop.addEventListener('first', () => (handle.firstFrameMs = performance.now()));

const timeline = new Timeline({ session, pace, stage, notices, announce, rewound: () => (panel.refresh(), status.rebase()) });

const sound = new SoundSwitch({ session, notices });

/** What the console and tests get hold of. */
const handle = {
  get simulation() { return session.simulation; },
  get view() { return stage.view; },
  get rates() { return loop.rates; },
  get frame() { return loop.frame; },
  session, stage, pace, notices, timeline, sound, rendererExports,
  /** Milliseconds from the beginning of navigation to the first picture. @type {number | undefined} */
  firstFrameMs: undefined,
  play: () => pace.play(),
  pause: () => pace.pause(),
  step: (/** @type {number} */ steps = 1) => pace.step(steps),
  reset: () => session.reset(),
  set: (/** @type {string} */ path, /** @type {number | number[]} */ value) => session.set(path, [value].flat()),
  load: (/** @type {{name: string, text: string, init?: import('../particles.js').Init, initName?: string}} */ source) => session.load({ preset: false, ...source }),
  link: () => linkTo(session, stage, pace.stepsPerFrame, query.backend),
};
Object.assign(globalThis, { motes: handle });

showReading(session, notices);
listenToPointers(holder, stage);
listenToAdd(/** @type {HTMLButtonElement} */ (element('add')), { session, timeline, notices, announce });
connectControls({ session, stage, pace, notices, announce, recenter, timeline, link: handle.link });
await begin();

/** Shows the scene that the address asks for; what is wrong with the address is told and done without. */
async function begin() {
  const presets = await listPresets().catch((error) => (notices.tell('error', 'The presets cannot be listed', error.message), []));
  const known = presets.some(({ name }) => name === query.scene);
  if (query.scene !== undefined && !known) query.complaints.push(`there is no preset “${query.scene.slice(0, 40)}”; there are ${presets.map((p) => p.name).join(', ')}`);
  const name = known && query.scene ? query.scene : (presets[0]?.name ?? 'marbles');
  const graphics = stage.start();
  try {
    const source = await fetchPreset(name);
    await session.load(source, overrides).catch((error) => {
      if (overrides.size === 0) throw error;
      query.complaints.push(error.message);
      return session.load(source);
    });
  } catch (error) {
    notices.tell('error', 'The scene cannot be loaded', /** @type {Error} */ (error).message);
  }
  if (query.complaints.length > 0) notices.tell('warning', 'Not all of the address can be used', query.complaints.join('\n'), { stay: true });
  await graphics;
  loop.start();
  if (stage.backend === '2d' && query.backend !== '2d') notices.tell('warning', 'This is a preview', 'Neither WebGPU nor WebGL2 works here, so the processor draws.', { stay: true });
  if (query.watch) {
    const take = (/** @type {string} */ file, /** @type {Uint8Array} */ bytes) => takeModule(session, notices, file, bytes);
    watchPhysics(() => session.simulation, take, (error) => notices.tell('error', 'The new build was not taken', error.message));
  }
  if (!query.pause && !matchMedia('(prefers-reduced-motion: reduce)').matches) pace.play();
}
