//! An adapter and its device, opened for drawing particles.

use std::sync::{Arc, OnceLock};

use crate::shader::Source;

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing on this machine can draw.
    #[error("no graphics adapter: {0}")]
    NoAdapter(String),
    /// The adapter gave no device.
    #[error("the graphics adapter {adapter} gave no device: {reason}")]
    NoDevice {
        /// Its name.
        adapter: String,
        /// In the driver's words.
        reason: String,
    },
    /// The window or canvas cannot be drawn on.
    #[error("this window cannot be drawn on: {0}")]
    NoSurface(String),
    /// A frame is larger than the device can hold.
    #[error("{count} particles are more than the {most} that this graphics device can hold")]
    TooMany {
        /// In the frame.
        count: usize,
        /// That fit.
        most: usize,
    },
    /// A frame reaches beyond the buffer that it should lie in.
    #[error("a frame of {count} particles at byte {offset} does not lie in a buffer of {length} bytes")]
    OutsideBuffer {
        /// In the frame.
        count: usize,
        /// Where the frame begins.
        offset: usize,
        /// Of the buffer.
        length: usize,
    },
    /// The device went away.
    #[error("the graphics device was lost: {0}")]
    Lost(String),
    /// A picture could not be read back.
    #[error("the picture could not be read back: {0}")]
    Readback(String),
    /// The device draws, but not what it was told.
    #[error("the graphics device draws wrongly: {0}")]
    SelfTest(String),
}

/// Told that the device is gone: why, and whether that was asked for.
pub type OnLost = Box<dyn Fn(&str, bool) + Send + Sync>;
/// Told that a call was refused, in the driver's words.
pub type OnError = Box<dyn Fn(&str) + Send + Sync>;

/// Who is told what goes wrong between calls.
pub struct Listener {
    /// Called once.
    pub lost: OnLost,
    /// Called for each error.
    pub error: OnError,
}

/// An open device.
#[derive(Clone)]
pub struct Gpu {
    pub(crate) adapter: wgpu::Adapter,
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) source: Source,
    lost: Arc<OnceLock<String>>,
}

impl Gpu {
    /// Opens the adapter that suits `surface` best.
    ///
    /// # Errors
    /// [`Failure::NoAdapter`], [`Failure::NoDevice`].
    pub async fn open(instance: &wgpu::Instance, surface: Option<&wgpu::Surface<'_>>, listener: Listener) -> Result<Self, Failure> {
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            force_fallback_adapter: false,
            compatible_surface: surface,
            apply_limit_buckets: false,
        };
        let adapter = instance.request_adapter(&options).await.map_err(|error| Failure::NoAdapter(error.to_string()))?;
        let source = source_of(&adapter);
        Self::on(adapter, source, listener).await
    }

    /// Opens a device on this adapter, with particles in a buffer or a texture.
    pub(crate) async fn on(adapter: wgpu::Adapter, source: Source, listener: Listener) -> Result<Self, Failure> {
        let descriptor = wgpu::DeviceDescriptor { label: Some("motes"), required_limits: limits(&adapter, source), ..Default::default() };
        let opened = adapter.request_device(&descriptor).await;
        let (device, queue) = opened.map_err(|error| Failure::NoDevice { adapter: adapter.get_info().name, reason: error.to_string() })?;
        let lost = Arc::new(OnceLock::new());
        let Listener { lost: tell_lost, error: tell_error } = listener;
        let noted = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            if noted.set(message.clone()).is_ok() {
                tell_lost(&message, reason == wgpu::DeviceLostReason::Destroyed);
            }
        });
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| tell_error(&error.to_string())));
        Ok(Self { adapter, device, queue, source, lost })
    }

    /// Name of the interface in use, as wgpu spells it: `Vulkan`, `Gl`, `BrowserWebGpu` and so on.
    pub fn backend(&self) -> String {
        format!("{:?}", self.adapter.get_info().backend)
    }

    /// Name of the adapter; browsers may tell none.
    pub fn adapter_name(&self) -> String {
        self.adapter.get_info().name
    }

    /// Why the device is gone, if it is.
    pub fn lost(&self) -> Option<&str> {
        self.lost.get().map(String::as_str)
    }

    /// Gives the device up, as a reset of the driver would take it away.
    pub fn destroy(&self) {
        self.device.destroy();
        _ = self.device.poll(wgpu::PollType::Poll);
    }

    /// Particles that one frame can have.
    pub fn max_particles(&self) -> usize {
        let limits = self.device.limits();
        let bytes = match self.source {
            Source::Buffer => limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            Source::Texture => u64::from(limits.max_texture_dimension_2d) * crate::particles::ROW_BYTES,
        };
        // Whole rows only: frames are padded to them.
        usize::try_from(bytes / crate::particles::ROW_BYTES * u64::from(crate::layout::FRAME_ROW)).unwrap_or(usize::MAX)
    }
}

fn source_of(adapter: &wgpu::Adapter) -> Source {
    let reads_buffers = adapter.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::VERTEX_STORAGE);
    if reads_buffers && adapter.limits().max_storage_buffers_per_shader_stage > 0 { Source::Buffer } else { Source::Texture }
}

/// Little of everything, but buffers and textures as large as the adapter has them.
fn limits(adapter: &wgpu::Adapter, source: Source) -> wgpu::Limits {
    let most = adapter.limits();
    match source {
        Source::Texture => wgpu::Limits::downlevel_webgl2_defaults().using_resolution(most),
        Source::Buffer => wgpu::Limits {
            max_storage_buffer_binding_size: most.max_storage_buffer_binding_size,
            max_buffer_size: most.max_buffer_size,
            ..wgpu::Limits::downlevel_defaults().using_resolution(most)
        },
    }
}
