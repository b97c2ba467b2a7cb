//! Textures that a picture of a certain size needs besides its target: depth, and gathered light.

use crate::gpu::Gpu;
use crate::passes::Passes;

/// Reversed depth needs floating point.
pub(crate) const DEPTH: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;

pub(crate) struct Offscreen {
    pub(crate) size: (u32, u32),
    pub(crate) depth: wgpu::TextureView,
    pub(crate) light: wgpu::TextureView,
    pub(crate) light_group: wgpu::BindGroup,
}

/// A texture that is drawn on.
pub(crate) fn target(gpu: &Gpu, (width, height): (u32, u32), format: wgpu::TextureFormat, usage: wgpu::TextureUsages) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: usage | wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    })
}

impl Offscreen {
    pub(crate) fn new(gpu: &Gpu, passes: &Passes, size: (u32, u32)) -> Self {
        let view = |texture: wgpu::Texture| texture.create_view(&wgpu::TextureViewDescriptor::default());
        let depth = view(target(gpu, size, DEPTH, wgpu::TextureUsages::empty()));
        let light = view(target(gpu, size, passes.light_format, wgpu::TextureUsages::TEXTURE_BINDING));
        let entries = [wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&light) }];
        let light_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some("light"), layout: &passes.light_layout, entries: &entries });
        Self { size, depth, light, light_group }
    }
}
