//! Motes: renderer.
