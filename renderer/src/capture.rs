//! Reads a picture back from the GPU.

use std::sync::{Arc, OnceLock};

use crate::gpu::{Failure, Gpu};

/// A picture on its way back. It holds no borrow, so that drawing goes on meanwhile.
pub struct Readback {
    gpu: Gpu,
    buffer: wgpu::Buffer,
    size: (u32, u32),
    swapped: bool,
    mapped: Arc<OnceLock<Result<(), wgpu::BufferAsyncError>>>,
}

const PIXEL: u32 = 4;
#[cfg(target_arch = "wasm32")]
const PAUSE_MS: i32 = 4;
/// Twenty seconds.
#[cfg(target_arch = "wasm32")]
const MOST_PAUSES: u32 = 5000;

fn row_bytes(width: u32) -> u32 {
    (width * PIXEL).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT)
}

impl Readback {
    /// Starts to read a texture with four bytes per pixel.
    pub(crate) fn start(gpu: &Gpu, texture: &wgpu::Texture) -> Self {
        let (width, height) = (texture.width(), texture.height());
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: u64::from(row_bytes(width)) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row_bytes(width)), rows_per_image: None };
        encoder.copy_texture_to_buffer(texture.as_image_copy(), wgpu::TexelCopyBufferInfo { buffer: &buffer, layout }, texture.size());
        gpu.queue.submit([encoder.finish()]);
        let mapped = Arc::new(OnceLock::new());
        let told = Arc::clone(&mapped);
        buffer.map_async(wgpu::MapMode::Read, .., move |result| _ = told.set(result));
        let swapped = matches!(texture.format().remove_srgb_suffix(), wgpu::TextureFormat::Bgra8Unorm);
        Self { gpu: gpu.clone(), buffer, size: (width, height), swapped, mapped }
    }

    /// Waits for the picture: red, green, blue and alpha, row by row from the top.
    ///
    /// # Errors
    /// [`Failure::Readback`], [`Failure::Lost`].
    pub async fn pixels(self) -> Result<Vec<u8>, Failure> {
        self.wait().await?;
        let (width, height) = self.size;
        let mut pixels = Vec::with_capacity((width * height * PIXEL) as usize);
        let bytes = self.buffer.get_mapped_range(..).map_err(|error| Failure::Readback(error.to_string()))?;
        for row in bytes.chunks(row_bytes(width) as usize) {
            pixels.extend_from_slice(&row[..(width * PIXEL) as usize]);
        }
        if self.swapped {
            pixels.chunks_exact_mut(4).for_each(|pixel| pixel.swap(0, 2));
        }
        Ok(pixels)
    }

    fn arrived(&self) -> Option<Result<(), Failure>> {
        if let Some(reason) = self.gpu.lost() {
            return Some(Err(Failure::Lost(reason.into())));
        }
        self.mapped.get().map(|result| result.clone().map_err(|error| Failure::Readback(error.to_string())))
    }

    #[cfg(not(target_arch = "wasm32"))]
    async fn wait(&self) -> Result<(), Failure> {
        let polled = self.gpu.device.poll(wgpu::PollType::wait_indefinitely());
        self.arrived().unwrap_or_else(|| Err(Failure::Readback(format!("{polled:?}"))))
    }

    /// A page's thread must not block; WebGL2 has to be asked again and again.
    #[cfg(target_arch = "wasm32")]
    async fn wait(&self) -> Result<(), Failure> {
        for _ in 0..MOST_PAUSES {
            _ = self.gpu.device.poll(wgpu::PollType::Poll);
            if let Some(result) = self.arrived() {
                return result;
            }
            pause().await;
        }
        Err(Failure::Readback("it took too long".into()))
    }
}

#[cfg(target_arch = "wasm32")]
async fn pause() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, PAUSE_MS);
        }
    });
    _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}
