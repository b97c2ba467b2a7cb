//! The `motes` command.
fn main() {}
