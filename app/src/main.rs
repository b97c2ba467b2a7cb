//! The `motes` command: a window, headless runs, energies, and checks of scenes.

#[cfg(not(target_arch = "wasm32"))]
mod cli;
#[cfg(all(not(target_arch = "wasm32"), feature = "window"))]
mod desktop;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    cli::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {}
