//! Draws particles with wgpu: WebGPU and WebGL2 in a page, Vulkan, Metal, DirectX 12 and OpenGL natively.
//!
//! A frame is rows of x, y, z and a scalar to colour by, as physics publishes it. [`Renderer::upload`] hands it to the GPU,
//! natively from a slice, on the web straight from the host's ArrayBuffer; [`Renderer::draw`] makes the picture: spheres
//! or points of light, grey obstacles, the domain's edges. The GPU holds nothing that cannot be made anew from the frame
//! and the [`Look`]; after a device is lost, another renderer shows the same picture.

mod camera;
mod capture;
mod colormap;
mod gpu;
mod layout;
mod look;
mod offscreen;
mod particles;
mod passes;
mod picture;
#[cfg(test)]
mod pictures;
mod renderer;
mod self_test;
mod shader;
mod uniforms;
#[cfg(target_arch = "wasm32")]
mod upload;
mod window_surface;

pub use camera::{Camera, Orbit};
pub use capture::Readback;
pub use colormap::Colormap;
pub use gpu::{Failure, Gpu, Listener, OnError, OnLost};
pub use look::{Look, MOST_OBSTACLES, Mode};
pub use picture::Picture;
pub use renderer::Renderer;
pub use self_test::SelfTest;
pub use wgpu;
pub use window_surface::WindowSurface;
