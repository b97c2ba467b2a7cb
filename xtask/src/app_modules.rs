//! The renderer's module for pages, built twice, WebGPU and WebGL2, and weighed: a page loads one of them.

use crate::command::{run, target};
use crate::wasm;
use anyhow::{Context, Result, ensure};
use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Feature, and kilobytes (1000 bytes) that the module and its bindings may have together after gzip.
const BUILDS: [(&str, usize); 2] = [("webgpu", 400), ("webgl", 1200)];

/// Builds both into `out/app-webgpu` and `out/app-webgl`.
pub(crate) fn build(out: &Path) -> Result<()> {
    for (feature, most) in BUILDS {
        let build = target().join("wasm-app");
        let arguments = ["rustc", "-p", "motes", "--lib", "--crate-type", "cdylib", "--no-default-features", "--features", feature, "--profile", "page"];
        run(wasm::cargo(&arguments, &build, "")?)?;
        let folder = out.join(format!("app-{feature}"));
        let mut bindings = wasm_bindgen_cli_support::Bindgen::new();
        bindings.input_path(wasm::built(&build, "page", "motes")).out_name("app").typescript(false).omit_default_module_path(false).web(true)?;
        bindings.generate(&folder).with_context(|| format!("bindings of the {feature} build"))?;
        weigh(&folder, most)?;
    }
    Ok(())
}

fn weigh(folder: &Path, most: usize) -> Result<()> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for file in ["app_bg.wasm", "app.js"] {
        gzip.write_all(&fs::read(folder.join(file)).with_context(|| format!("{} {file}", folder.display()))?)?;
    }
    let bytes = gzip.finish()?.len();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    println!("{name}: {} kB gzipped of {most}", bytes.div_ceil(1000));
    ensure!(
        bytes <= most * 1000,
        "{name} has {bytes} bytes after gzip and its budget is {most} kB; see what came in with `twiggy top` or a smaller dependency"
    );
    Ok(())
}
