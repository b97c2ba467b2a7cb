// Generated from modules/sound/src and scene/src/plug_in/effect.rs by `cargo xtask codegen`; change it there.

/** Frames that are rendered at a time. */
export const QUANTUM = 128;
/** Words of 32 bits that a host may read and write. */
export const WORDS = 64;
/** Bytes of the area that each effect has, its stack at the upper end. */
export const EFFECT_BYTES = 262144;

/** How a call of sound.wasm ended. */
export const ENDED = Object.freeze({
  PLAYED: 0,
  WAITED: 1,
  NOTHING: 2,
});

/** Words that tell of the sound; BEHIND is an `f32`. */
export const COUNTERS = Object.freeze({
  EVENTS: 1,
  FULL: 2,
  FAINT: 3,
  UNDERRUNS: 17,
  SKIPPED: 18,
  CALLS: 19,
  STRUCK: 20,
  CROWDED: 21,
  BEHIND: 22,
});

/** Words that are settings, each an `f32`. */
export const SETTINGS = Object.freeze({
  factor: 32,
  latency: 33,
  patience: 34,
  gain: 35,
  bed: 36,
  pitch: 37,
  decay: 38,
});
