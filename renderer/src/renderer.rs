//! Draws pictures on one device.

use std::ops::{Deref, DerefMut};

use crate::capture::Readback;
use crate::gpu::{Failure, Gpu};
use crate::offscreen::Offscreen;
use crate::passes::Passes;
use crate::picture::Picture;
use crate::self_test::SelfTest;

/// A device, its pipelines, and the picture that it shows. Look and camera are those of the [`Picture`].
pub struct Renderer {
    gpu: Gpu,
    passes: Passes,
    picture: Picture,
    offscreen: Option<Offscreen>,
}

impl Deref for Renderer {
    type Target = Picture;
    fn deref(&self) -> &Picture {
        &self.picture
    }
}

impl DerefMut for Renderer {
    fn deref_mut(&mut self) -> &mut Picture {
        &mut self.picture
    }
}

impl Renderer {
    /// Makes the pipelines for targets of this format.
    pub fn new(gpu: Gpu, format: wgpu::TextureFormat) -> Self {
        let passes = Passes::new(&gpu, format);
        let picture = Picture::new(&gpu, &passes);
        Self { gpu, passes, picture, offscreen: None }
    }

    /// The device.
    pub const fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Takes a frame: x, y, z and the scalar to colour by of each particle.
    ///
    /// # Errors
    /// [`Failure::TooMany`].
    pub fn upload(&mut self, frame: &[[f32; 4]]) -> Result<(), Failure> {
        self.picture.particles.write(&self.gpu, &self.passes.particles_layout, frame)
    }

    /// Takes a frame of `count` particles that lies at byte `offset` of an `ArrayBuffer` or `SharedArrayBuffer`, padded to
    /// whole rows. The browser reads it from there; nothing is copied before.
    ///
    /// # Errors
    /// [`Failure::TooMany`], [`Failure::OutsideBuffer`], [`Failure::Lost`].
    #[cfg(target_arch = "wasm32")]
    pub fn upload_from(&mut self, buffer: &wasm_bindgen::JsValue, offset: usize, count: usize) -> Result<(), Failure> {
        self.picture.particles.write_from(&self.gpu, &self.passes.particles_layout, buffer, offset, count)
    }

    /// Draws on a texture of the renderer's format and of this size.
    pub fn draw(&mut self, target: &wgpu::TextureView, size: (u32, u32)) {
        let offscreen = match self.offscreen.take().filter(|present| present.size == size) {
            Some(present) => present,
            None => Offscreen::new(&self.gpu, &self.passes, size),
        };
        self.picture.draw(&self.gpu, &self.passes, &offscreen, target);
        self.offscreen = Some(offscreen);
    }

    /// Shows a texture of a surface that was drawn on.
    pub fn present(&self, texture: wgpu::SurfaceTexture) {
        self.gpu.queue.present(texture);
    }

    /// Draws the present picture offscreen at another size and begins to read it back.
    pub fn capture(&self, (width, height): (u32, u32)) -> Readback {
        let most = self.gpu.device.limits().max_texture_dimension_2d;
        self.picture.capture(&self.gpu, &self.passes, (width.clamp(1, most), height.clamp(1, most)))
    }

    /// Begins the self-test of this device.
    ///
    /// # Errors
    /// What uploading three particles can end with.
    pub fn self_test(&self) -> Result<SelfTest, Failure> {
        SelfTest::start(&self.gpu, &self.passes)
    }
}
