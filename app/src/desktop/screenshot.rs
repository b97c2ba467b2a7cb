//! A picture into a PNG file.

use crate::cli::failure::Failure;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// Writes red, green, blue, alpha.
pub(super) fn write(path: &Path, pixels: &[u8], (width, height): (u32, u32)) -> Result<(), Failure> {
    let written = File::create(path).and_then(|file| {
        let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header().map_err(io::Error::other)?;
        writer.write_image_data(pixels).and_then(|()| writer.finish()).map_err(io::Error::other)
    });
    written.map_err(|error| Failure::Output { file: path.display().to_string(), error })
}
