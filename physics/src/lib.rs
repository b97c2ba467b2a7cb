//! Motes: physics.
