//! Packages of Debian and its kin. As root they are installed; anyone else is told the command.

use crate::command::{capture, program, run};
use anyhow::{Result, bail};

/// What a chore needs besides Rust and Node.js: why, and the packages. Only those that are missing are fetched.
pub(crate) struct Need {
    why: &'static str,
    packages: &'static [&'static str],
    /// Found in PATH where there is no Debian to ask.
    commands: &'static [&'static str],
}

/// Vulkan in software.
pub(crate) const GRAPHICS: Need = Need { why: "drawing without a GPU", packages: &["libvulkan1", "mesa-vulkan-drivers"], commands: &[] };
/// An X server without a screen, and what winit loads at run time.
pub(crate) const DISPLAY: Need = Need {
    why: "a window without a screen",
    packages: &["xvfb", "libx11-6", "libx11-xcb1", "libxcursor1", "libxi6", "libxrandr2", "libxkbcommon0", "libxkbcommon-x11-0"],
    commands: &["Xvfb"],
};
/// The browser that tests call `chromium`.
pub(crate) const CHROMIUM: Need = Need { why: "tests in Chromium", packages: &["chromium"], commands: &["chromium"] };
/// The browser that tests call `firefox`; its WebGL2 without a GPU is Mesa's.
pub(crate) const FIREFOX: Need = Need { why: "tests in Firefox", packages: &["firefox-esr", "libgl1-mesa-dri"], commands: &["firefox-esr"] };
/// An audio device for a browser, without a loudspeaker.
pub(crate) const AUDIO: Need = Need { why: "sound without an audio device", packages: &["pulseaudio"], commands: &["pulseaudio"] };
/// Compiles plug-ins that are written in C.
pub(crate) const CLANG: Need = Need { why: "plug-ins in C", packages: &["clang", "lld"], commands: &["clang", "wasm-ld"] };
/// Counts instructions, and watches over memory.
pub(crate) const VALGRIND: Need = Need { why: "counting instructions", packages: &["valgrind"], commands: &["valgrind"] };
/// A compiler of Debian and the sources of its standard library.
pub(crate) const RUST_SOURCES: Need = Need { why: "a standard library for wasm32", packages: &["rustc-web", "cargo-web", "rust-web-src"], commands: &[] };

/// Installs what is missing of a need, or says how to.
pub(crate) fn provide(need: &Need) -> Result<()> {
    if !exists("dpkg-query") {
        let missing: Vec<_> = need.commands.iter().filter(|command| !exists(command)).collect();
        return if missing.is_empty() { Ok(()) } else { bail!("{}: {missing:?} is missing; install it from your system's packages", need.why) };
    }
    let missing: Vec<&str> = need.packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !exists("apt-get") || !is_root() {
        bail!("{} needs packages that are missing; run: sudo apt-get install --no-install-recommends {}", need.why, missing.join(" "));
    }
    println!("{}: installing {}", need.why, missing.join(" "));
    apt(&["update", "--quiet"])?;
    apt(&[&["install", "--quiet", "--yes", "--no-install-recommends"], missing.as_slice()].concat())
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut apt = program("apt-get", arguments);
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    run(apt)
}

fn installed(package: &str) -> bool {
    let mut query = program("dpkg-query", &["--show", "--showformat=${db:Status-Status}", package]);
    query.stderr(std::process::Stdio::null());
    query.output().is_ok_and(|answer| answer.stdout == b"installed")
}

fn exists(command: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(command).is_file()))
}

fn is_root() -> bool {
    capture(program("id", &["-u"])).is_ok_and(|(_, out)| out.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_command() {
        let need = Need { why: "a test", packages: &["no-such-package-as-this"], commands: &["no-such-command-as-this"] };
        if exists("dpkg-query") {
            assert!(!installed("no-such-package-as-this") && installed("dpkg"));
        } else {
            assert!(provide(&need).unwrap_err().to_string().contains("no-such-command-as-this"));
        }
    }
}
