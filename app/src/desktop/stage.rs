//! The window's graphics: everything that a lost device takes along, and how it is made anew.

use crate::cli::failure::Failure;
use motes_renderer::{Camera, Gpu, Listener, Look, Renderer, WindowSurface, wgpu};
use std::sync::Arc;
use winit::event_loop::ActiveEventLoop;
use winit::window::Window;

/// Device, surface and renderer of one window.
pub(super) struct Stage {
    surface: WindowSurface,
    pub(super) renderer: Renderer,
}

fn graphics(error: impl ToString) -> Failure {
    Failure::Graphics(error.to_string())
}

impl Stage {
    pub(super) fn new(event_loop: &ActiveEventLoop, window: &Arc<Window>, look: Look, camera: Camera) -> Result<Self, Failure> {
        // OpenGL needs the display; WGPU_BACKEND chooses among vulkan, gl, metal and dx12.
        let display = Box::new(event_loop.owned_display_handle());
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_with_display_handle_from_env(display));
        let surface = instance.create_surface(Arc::clone(window)).map_err(graphics)?;
        let listener = Listener {
            lost: Box::new(|reason, _| eprintln!("the graphics device is gone ({reason}); the run goes on")),
            error: Box::new(|message| eprintln!("graphics: {message}")),
        };
        let gpu = pollster::block_on(Gpu::open(&instance, Some(&surface), listener)).map_err(graphics)?;
        let size = window.inner_size();
        let surface = WindowSurface::new(&gpu, surface, (size.width, size.height)).map_err(graphics)?;
        let mut renderer = Renderer::new(gpu, surface.format());
        pollster::block_on(renderer.self_test().map_err(graphics)?.verdict()).map_err(graphics)?;
        renderer.look = look;
        renderer.camera = camera;
        Ok(Self { surface, renderer })
    }

    /// `Vulkan`, `Gl` and so on, and the adapter's name.
    pub(super) fn name(&self) -> String {
        let gpu = self.renderer.gpu();
        format!("{} on {}", gpu.backend(), gpu.adapter_name())
    }

    pub(super) fn resize(&mut self, size: (u32, u32)) {
        self.surface.resize(self.renderer.gpu(), size);
    }

    pub(super) const fn size(&self) -> (u32, u32) {
        self.surface.size()
    }

    pub(super) fn is_lost(&self) -> bool {
        self.renderer.gpu().lost().is_some()
    }

    /// Draws on the window. Whether there was something to draw on.
    pub(super) fn draw(&mut self, window: &Window) -> Result<bool, Failure> {
        let Some(texture) = self.surface.next(self.renderer.gpu()).map_err(graphics)? else { return Ok(false) };
        self.renderer.draw(&texture.texture.create_view(&wgpu::TextureViewDescriptor::default()), self.surface.size());
        window.pre_present_notify();
        self.renderer.present(texture);
        Ok(true)
    }

    /// The present picture: red, green, blue, alpha.
    pub(super) fn capture(&self) -> Result<Vec<u8>, Failure> {
        pollster::block_on(self.renderer.capture(self.surface.size()).pixels()).map_err(graphics)
    }

    /// Gives the device up, as a driver's reset would.
    pub(super) fn give_up(&self) {
        self.renderer.gpu().destroy();
    }
}
