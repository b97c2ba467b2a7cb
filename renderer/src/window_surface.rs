//! The surface of a window or a canvas: its configuration, and the texture to draw on next.

use crate::gpu::{Failure, Gpu};

/// A configured surface.
pub struct WindowSurface {
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
}

impl WindowSurface {
    /// Configures a surface for this device.
    ///
    /// # Errors
    /// [`Failure::NoSurface`] when the two do not go together.
    pub fn new(gpu: &Gpu, surface: wgpu::Surface<'static>, (width, height): (u32, u32)) -> Result<Self, Failure> {
        let capabilities = surface.get_capabilities(&gpu.adapter);
        let mut config = surface
            .get_default_config(&gpu.adapter, width.max(1), height.max(1))
            .ok_or_else(|| Failure::NoSurface(format!("{} offers no format for it", gpu.adapter_name())))?;
        // Colours are blended and encoded by the shaders: the same bytes on every backend.
        let plain = |format: &&wgpu::TextureFormat| matches!(format, wgpu::TextureFormat::Bgra8Unorm | wgpu::TextureFormat::Rgba8Unorm);
        config.format = capabilities.formats.iter().find(plain).copied().unwrap_or(config.format);
        config.present_mode = wgpu::PresentMode::AutoVsync;
        if capabilities.alpha_modes.contains(&wgpu::CompositeAlphaMode::Opaque) {
            config.alpha_mode = wgpu::CompositeAlphaMode::Opaque;
        }
        surface.configure(&gpu.device, &config);
        Ok(Self { surface, config })
    }

    /// Format of its textures.
    pub const fn format(&self) -> wgpu::TextureFormat {
        self.config.format
    }

    /// Width and height in pixels.
    pub const fn size(&self) -> (u32, u32) {
        (self.config.width, self.config.height)
    }

    /// Follows the window's size, limited to what the device can draw on. Nothing happens for a window of no size.
    pub fn resize(&mut self, gpu: &Gpu, (width, height): (u32, u32)) {
        let most = gpu.device.limits().max_texture_dimension_2d;
        let size = (width.min(most), height.min(most));
        if width > 0 && height > 0 && size != self.size() {
            (self.config.width, self.config.height) = size;
            self.surface.configure(&gpu.device, &self.config);
        }
    }

    /// The texture to draw on next; none when there is nothing to see or the surface was configured anew.
    ///
    /// # Errors
    /// [`Failure::Lost`]: a new surface is needed.
    pub fn next(&self, gpu: &Gpu) -> Result<Option<wgpu::SurfaceTexture>, Failure> {
        use wgpu::CurrentSurfaceTexture::{Lost, Occluded, Outdated, Suboptimal, Success, Timeout, Validation};
        match self.surface.get_current_texture() {
            Success(texture) => Ok(Some(texture)),
            Suboptimal(texture) => {
                drop(texture);
                self.surface.configure(&gpu.device, &self.config);
                Ok(None)
            }
            Outdated => {
                self.surface.configure(&gpu.device, &self.config);
                Ok(None)
            }
            Timeout | Occluded | Validation => Ok(None),
            Lost => Err(Failure::Lost("the window's surface is gone".into())),
        }
    }
}
