//! Ways of a frame from a Wasm module to the page, in Chromium and Firefox: times, bytes and peak memory, and docs/bridge.md of them.

use super::Arguments;
use anyhow::Result;

pub(super) fn compare(_arguments: &Arguments) -> Result<()> {
    Ok(())
}
