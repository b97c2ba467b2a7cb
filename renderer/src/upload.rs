//! Upload on the web: the browser reads the frame out of the host's own buffer. Our code copies nothing, and the renderer's
//! heap never holds a particle.

use crate::layout::{FRAME_ROW, FRAME_STRIDE};
use js_sys::{Float32Array, Uint8Array};
use wasm_bindgen::JsValue;

use crate::gpu::{Failure, Gpu};
use crate::particles::{Particles, Store};

impl Particles {
    /// Writes `count` particles, padded to whole rows, that lie at `offset` in `buffer` (an `ArrayBuffer` or `SharedArrayBuffer`).
    pub(crate) fn write_from(&mut self, gpu: &Gpu, layout: &wgpu::BindGroupLayout, buffer: &JsValue, offset: usize, count: usize) -> Result<(), Failure> {
        let length = Uint8Array::new(buffer).length() as usize;
        let bytes = count.div_ceil(FRAME_ROW as usize).checked_mul((FRAME_ROW * FRAME_STRIDE) as usize);
        if bytes.and_then(|bytes| offset.checked_add(bytes)).is_none_or(|end| end > length) || !offset.is_multiple_of(4) {
            return Err(Failure::OutsideBuffer { count, offset, length });
        }
        let (store, rows) = self.reserve(gpu, layout, count)?;
        let (offset, bytes) = (offset as u32, rows * FRAME_ROW * FRAME_STRIDE);
        if bytes == 0 {
            return Ok(());
        }
        match store {
            Store::Buffer(target) => write_buffer(gpu, target, &Uint8Array::new_with_byte_offset_and_length(buffer, offset, bytes)),
            Store::Texture(target) => write_texture(gpu, target, rows, &Float32Array::new_with_byte_offset_and_length(buffer, offset, bytes / 4)),
        }
    }
}

#[cfg(feature = "webgpu")]
fn write_buffer(gpu: &Gpu, target: &wgpu::Buffer, frame: &Uint8Array) -> Result<(), Failure> {
    let (Some(queue), Some(target)) = (gpu.queue.as_webgpu(), target.as_webgpu()) else {
        return Err(Failure::Lost("the device is not one of WebGPU".into()));
    };
    queue.write_buffer_with_f64_and_u8_array(target, 0.0, frame).map_err(|error| Failure::Lost(format!("{error:?}")))
}

#[cfg(not(feature = "webgpu"))]
fn write_buffer(_: &Gpu, _: &wgpu::Buffer, _: &Uint8Array) -> Result<(), Failure> {
    Err(Failure::Lost("this build has no WebGPU".into()))
}

#[cfg(feature = "webgl")]
#[allow(unsafe_code, reason = "WebGL's own objects come out of wgpu by unsafe calls only")]
fn write_texture(gpu: &Gpu, target: &wgpu::Texture, rows: u32, frame: &Float32Array) -> Result<(), Failure> {
    use glow::HasContext as _;
    use web_sys::WebGl2RenderingContext as Gl;
    use wgpu::hal::{api::Gles, gles::TextureInner};

    let other = || Failure::Lost("the device is not one of WebGL2".into());
    // SAFETY: the guards give wgpu's own objects, used on this thread while no command of wgpu runs; nothing is destroyed
    // here, and the bindings changed are restored to what wgpu leaves between its submissions: none.
    unsafe {
        let device = gpu.device.as_hal::<Gles>().ok_or_else(other)?;
        let texture = target.as_hal::<Gles>().ok_or_else(other)?;
        let TextureInner::Texture { raw, target } = texture.inner else { return Err(other()) };
        let context = &device.context().webgl2_context;
        let gl = device.context().lock();
        gl.bind_buffer(Gl::PIXEL_UNPACK_BUFFER, None);
        context.pixel_storei(Gl::UNPACK_ROW_LENGTH, 0);
        gl.bind_texture(target, Some(raw));
        let (width, height) = (FRAME_ROW as i32, rows as i32);
        let written = context.tex_sub_image_2d_with_i32_and_i32_and_u32_and_type_and_opt_array_buffer_view(
            target,
            0,
            0,
            0,
            width,
            height,
            Gl::RGBA,
            Gl::FLOAT,
            Some(frame),
        );
        gl.bind_texture(target, None);
        written.map_err(|error| Failure::Lost(format!("{error:?}")))
    }
}

#[cfg(not(feature = "webgl"))]
fn write_texture(_: &Gpu, _: &wgpu::Texture, _: u32, _: &Float32Array) -> Result<(), Failure> {
    Err(Failure::Lost("this build has no WebGL2".into()))
}
