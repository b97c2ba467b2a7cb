//! The renderer as a Wasm module for pages. Everything else of this package is the program `motes`.
//!
//! There are two builds, one for WebGPU and one for WebGL2, so that a page loads only what it needs; both have the face that
//! `web` declares.

#[cfg(all(target_arch = "wasm32", any(feature = "webgpu", feature = "webgl")))]
pub mod web;
