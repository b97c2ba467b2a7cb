//! Motes: scene.
