//! What is followed from step to step because a scene asks for it; forces nothing.

pub mod displacement;
