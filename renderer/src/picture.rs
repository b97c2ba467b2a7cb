//! One picture: a look, a camera and particles, and the commands that draw them.

use bytemuck::Zeroable as _;

use crate::camera::Camera;
use crate::capture::Readback;
use crate::gpu::Gpu;
use crate::look::{Look, MOST_OBSTACLES, Mode};
use crate::offscreen::{Offscreen, target};
use crate::particles::Particles;
use crate::passes::Passes;
use crate::uniforms::View;

/// What is to be drawn.
pub struct Picture {
    /// How it looks.
    pub look: Look,
    /// From where.
    pub camera: Camera,
    pub(crate) particles: Particles,
    view: wgpu::Buffer,
    obstacles: wgpu::Buffer,
    view_group: wgpu::BindGroup,
    obstacles_group: wgpu::BindGroup,
}

fn uniform(gpu: &Gpu, label: &str, size: usize) -> wgpu::Buffer {
    let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
    gpu.device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size: size as u64, usage, mapped_at_creation: false })
}

/// A target cleared to a colour, or drawn over.
fn onto(view: &wgpu::TextureView, clear: Option<wgpu::Color>) -> Option<wgpu::RenderPassColorAttachment<'_>> {
    let load = clear.map_or(wgpu::LoadOp::Load, wgpu::LoadOp::Clear);
    let ops = wgpu::Operations { load, store: wgpu::StoreOp::Store };
    Some(wgpu::RenderPassColorAttachment { view, depth_slice: None, resolve_target: None, ops })
}

/// Depth, cleared to infinitely far or kept.
fn depth(view: &wgpu::TextureView, load: wgpu::LoadOp<f32>) -> Option<wgpu::RenderPassDepthStencilAttachment<'_>> {
    let depth_ops = Some(wgpu::Operations { load, store: wgpu::StoreOp::Store });
    Some(wgpu::RenderPassDepthStencilAttachment { view, depth_ops, stencil_ops: None })
}

impl Picture {
    pub(crate) fn new(gpu: &Gpu, passes: &Passes) -> Self {
        let view = uniform(gpu, "view", size_of::<View>());
        let obstacles = uniform(gpu, "obstacles", MOST_OBSTACLES * size_of::<[f32; 4]>());
        let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
        let group = |label, layout, entries: &[_]| gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(label), layout, entries });
        let maps = wgpu::BindingResource::TextureView(&passes.colormaps);
        let view_group = group("view", &passes.view_layout, &[entry(0, view.as_entire_binding()), entry(1, maps)]);
        let obstacles_group = group("obstacles", &passes.obstacles_layout, &[entry(0, obstacles.as_entire_binding())]);
        let particles = Particles::new(gpu, &passes.particles_layout);
        Self { look: Look::default(), camera: Camera::default(), particles, view, obstacles, view_group, obstacles_group }
    }

    /// Writes what changes from picture to picture, apart from the particles.
    fn prepare(&self, gpu: &Gpu, passes: &Passes, size: (u32, u32)) {
        let encode = !passes.format.is_srgb();
        gpu.queue.write_buffer(&self.view, 0, bytemuck::bytes_of(&View::new(&self.camera, &self.look, size, encode)));
        let mut spheres = [<[f32; 4]>::zeroed(); MOST_OBSTACLES];
        let count = self.look.obstacles.len().min(MOST_OBSTACLES);
        spheres[..count].copy_from_slice(&self.look.obstacles[..count]);
        gpu.queue.write_buffer(&self.obstacles, 0, bytemuck::cast_slice(&spheres));
    }

    fn background(&self, passes: &Passes) -> wgpu::Color {
        let [r, g, b] = self.look.background.map(|c| if passes.format.is_srgb() { f64::from(c).powf(2.2) } else { f64::from(c) });
        wgpu::Color { r, g, b, a: 1.0 }
    }

    /// Draws on `target`, which has the size of `offscreen`.
    pub(crate) fn draw(&self, gpu: &Gpu, passes: &Passes, offscreen: &Offscreen, target: &wgpu::TextureView) {
        self.prepare(gpu, passes, offscreen.size);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = self.pass(&mut encoder, "solid", onto(target, Some(self.background(passes))), depth(&offscreen.depth, wgpu::LoadOp::Clear(0.0)));
            self.solids(&mut pass, passes);
        }
        if self.look.mode == Mode::Points {
            {
                let dark = onto(&offscreen.light, Some(wgpu::Color::TRANSPARENT));
                let mut pass = self.pass(&mut encoder, "points", dark, depth(&offscreen.depth, wgpu::LoadOp::Load));
                self.all_particles(&mut pass, &passes.points);
            }
            let mut pass = self.pass(&mut encoder, "resolve", onto(target, None), None);
            pass.set_pipeline(&passes.resolve);
            pass.set_bind_group(1, &offscreen.light_group, &[]);
            pass.draw(0..3, 0..1);
        }
        gpu.queue.submit([encoder.finish()]);
    }

    /// Draws offscreen and begins to read the picture back.
    pub(crate) fn capture(&self, gpu: &Gpu, passes: &Passes, size: (u32, u32)) -> Readback {
        let texture = target(gpu, size, passes.format, wgpu::TextureUsages::COPY_SRC);
        self.draw(gpu, passes, &Offscreen::new(gpu, passes, size), &texture.create_view(&wgpu::TextureViewDescriptor::default()));
        Readback::start(gpu, &texture)
    }

    fn pass<'e>(
        &self,
        encoder: &'e mut wgpu::CommandEncoder,
        label: &str,
        color: Option<wgpu::RenderPassColorAttachment<'_>>,
        depth_stencil_attachment: Option<wgpu::RenderPassDepthStencilAttachment<'_>>,
    ) -> wgpu::RenderPass<'e> {
        let color_attachments = &[color];
        let descriptor = wgpu::RenderPassDescriptor { label: Some(label), color_attachments, depth_stencil_attachment, ..Default::default() };
        let mut pass = encoder.begin_render_pass(&descriptor);
        pass.set_bind_group(0, &self.view_group, &[]);
        pass
    }

    fn solids(&self, pass: &mut wgpu::RenderPass<'_>, passes: &Passes) {
        let obstacles = self.look.obstacles.len().min(MOST_OBSTACLES) as u32;
        if obstacles > 0 {
            pass.set_pipeline(&passes.obstacles);
            pass.set_bind_group(1, &self.obstacles_group, &[]);
            pass.draw(0..3 * obstacles, 0..1);
        }
        if self.look.mode == Mode::Spheres {
            self.all_particles(pass, &passes.spheres);
        }
        if self.look.bounds_drawn {
            pass.set_pipeline(&passes.bounds);
            pass.draw(0..24, 0..1);
        }
    }

    fn all_particles(&self, pass: &mut wgpu::RenderPass<'_>, pipeline: &wgpu::RenderPipeline) {
        if self.particles.count() > 0 {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(1, self.particles.group(), &[]);
            pass.draw(0..3 * self.particles.count(), 0..1);
        }
    }
}
