//! The frame on the GPU: rows of 1024 particles in a storage buffer, or in a texture of that width.

use crate::layout::{FRAME_ROW, FRAME_STRIDE};

use crate::gpu::{Failure, Gpu};
use crate::shader::Source;

/// Bytes of a row of particles.
pub(crate) const ROW_BYTES: u64 = FRAME_ROW as u64 * FRAME_STRIDE as u64;

/// Where the particles are.
pub(crate) enum Store {
    Buffer(wgpu::Buffer),
    Texture(wgpu::Texture),
}

/// A frame's place on the GPU, as large as the largest frame so far.
pub(crate) struct Particles {
    store: Store,
    rows: u32,
    count: u32,
    group: wgpu::BindGroup,
}

impl Particles {
    pub(crate) fn new(gpu: &Gpu, layout: &wgpu::BindGroupLayout) -> Self {
        Self::with_rows(gpu, layout, 1)
    }

    fn with_rows(gpu: &Gpu, layout: &wgpu::BindGroupLayout, rows: u32) -> Self {
        let store = match gpu.source {
            Source::Buffer => Store::Buffer(gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("particles"),
                size: u64::from(rows) * ROW_BYTES,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })),
            Source::Texture => Store::Texture(texture(gpu, rows)),
        };
        let view;
        let resource = match &store {
            Store::Buffer(buffer) => buffer.as_entire_binding(),
            Store::Texture(texture) => {
                view = texture.create_view(&wgpu::TextureViewDescriptor::default());
                wgpu::BindingResource::TextureView(&view)
            }
        };
        let entries = [wgpu::BindGroupEntry { binding: 0, resource }];
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some("particles"), layout, entries: &entries });
        Self { store, rows, count: 0, group }
    }

    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    pub(crate) const fn group(&self) -> &wgpu::BindGroup {
        &self.group
    }

    /// Makes room for `count` particles, which are about to be written. The store, and how many rows to write.
    pub(crate) fn reserve(&mut self, gpu: &Gpu, layout: &wgpu::BindGroupLayout, count: usize) -> Result<(&Store, u32), Failure> {
        let most = gpu.max_particles();
        let number = u32::try_from(count).ok().filter(|_| count <= most).ok_or(Failure::TooMany { count, most })?;
        let rows = number.div_ceil(FRAME_ROW);
        if rows > self.rows {
            *self = Self::with_rows(gpu, layout, rows);
        }
        self.count = number;
        Ok((&self.store, rows))
    }

    /// Writes a frame from a slice, which wgpu copies.
    pub(crate) fn write(&mut self, gpu: &Gpu, layout: &wgpu::BindGroupLayout, frame: &[[f32; 4]]) -> Result<(), Failure> {
        let (store, _) = self.reserve(gpu, layout, frame.len())?;
        match store {
            Store::Buffer(buffer) => gpu.queue.write_buffer(buffer, 0, bytemuck::cast_slice(frame)),
            Store::Texture(texture) => {
                let (whole, rest) = frame.split_at(frame.len() / FRAME_ROW as usize * FRAME_ROW as usize);
                write_rows(gpu, texture, 0, whole, FRAME_ROW);
                write_rows(gpu, texture, (whole.len() / FRAME_ROW as usize) as u32, rest, rest.len() as u32);
            }
        }
        Ok(())
    }
}

fn texture(gpu: &Gpu, rows: u32) -> wgpu::Texture {
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("particles"),
        size: wgpu::Extent3d { width: FRAME_ROW, height: rows, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba32Float,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    // wgpu clears a texture when it first sees it in use; it must not do that after the frame was written behind its back.
    write_rows(gpu, &texture, 0, &[[0.0; 4]], 1);
    gpu.queue.submit([]);
    texture
}

fn write_rows(gpu: &Gpu, texture: &wgpu::Texture, row: u32, frame: &[[f32; 4]], width: u32) {
    if frame.is_empty() {
        return;
    }
    let mut target = texture.as_image_copy();
    target.origin.y = row;
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(width * FRAME_STRIDE), rows_per_image: None };
    let size = wgpu::Extent3d { width, height: frame.len() as u32 / width, depth_or_array_layers: 1 };
    gpu.queue.write_texture(target, bytemuck::cast_slice(frame), layout, size);
}
