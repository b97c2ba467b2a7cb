//! Motes: host.
