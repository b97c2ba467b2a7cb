// Generated from physics/src/layout.rs by `cargo xtask codegen`; change it there.

// Particles in one row of the frame texture.
const FRAME_ROW: u32 = 1024u;
// A scalar at or below this marks a particle that is not alive.
const NOT_ALIVE: f32 = -3e38;
