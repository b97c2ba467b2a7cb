//! An X server without a screen, for windows and for browsers that want one.

use crate::debian;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running server; ends with this value.
pub(crate) struct Display {
    server: Child,
    /// What DISPLAY is to be.
    pub(crate) name: String,
}

impl Display {
    /// Starts one on a free number.
    pub(crate) fn start() -> Result<Self> {
        debian::provide(&debian::DISPLAY)?;
        // It writes its number when it is ready. Without -noreset it starts over whenever its last client leaves.
        let arguments = ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset"];
        let server = Command::new("Xvfb").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut display = Self { server: server.context("could not start Xvfb")?, name: String::new() };
        let mut number = String::new();
        let out = display.server.stdout.as_mut().context("Xvfb's output")?;
        BufReader::new(out).read_line(&mut number)?;
        ensure!(!number.trim().is_empty(), "Xvfb found no free display number");
        display.name = format!(":{}", number.trim());
        Ok(display)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        _ = self.server.kill();
        _ = self.server.wait();
    }
}
