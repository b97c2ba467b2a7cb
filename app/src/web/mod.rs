//! What JavaScript sees: a `View` that draws frames on a canvas.

mod listeners;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Error, Function, Promise, Uint8ClampedArray};
use motes_renderer::{Colormap, Failure, Gpu, MOST_OBSTACLES, Mode, Orbit, Renderer, WindowSurface, wgpu};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use web_sys::HtmlCanvasElement;

use self::listeners::Listeners;

#[cfg(feature = "webgpu")]
const BACKEND: (&str, wgpu::Backends) = ("WebGPU", wgpu::Backends::BROWSER_WEBGPU);
#[cfg(not(feature = "webgpu"))]
const BACKEND: (&str, wgpu::Backends) = ("WebGL2", wgpu::Backends::GL);

/// Stops that a legend shows.
const STOPS: usize = 17;

/// Puts panics on the console; a panic ends the module, and the page begins with a fresh one.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|info| web_sys::console::error_1(&format!("the renderer ended: {info}").into())));
}

/// 17 evenly spaced colours of a colour map as `#rrggbb`, low to high.
///
/// # Errors
/// An `Error` that lists the names there are.
#[wasm_bindgen(js_name = colormapStops)]
pub fn colormap_stops(name: &str) -> Result<Vec<String>, Error> {
    Ok(colormap(name)?.stops(STOPS))
}

fn colormap(name: &str) -> Result<Colormap, Error> {
    let names = || Colormap::ALL.map(Colormap::name).join(", ");
    Colormap::from_name(name).ok_or_else(|| Error::new(&format!("there is no colour map {name}; there are {}", names())))
}

fn failed(failure: Failure) -> Error {
    Error::new(&failure.to_string())
}

/// Draws particles on a canvas. Every method may be called while a promise of another is pending.
#[wasm_bindgen]
pub struct View {
    inner: Rc<RefCell<Inner>>,
    listeners: Listeners,
}

struct Inner {
    canvas: HtmlCanvasElement,
    surface: WindowSurface,
    renderer: Renderer,
}

#[wasm_bindgen]
impl View {
    /// Opens the canvas, which must not have a context yet.
    ///
    /// # Errors
    /// An `Error` that says why this backend cannot be used.
    pub async fn create(canvas: HtmlCanvasElement) -> Result<View, Error> {
        let descriptor = wgpu::InstanceDescriptor { backends: BACKEND.1, ..wgpu::InstanceDescriptor::new_without_display_handle() };
        let instance = wgpu::Instance::new(descriptor);
        let target = instance.create_surface(wgpu::SurfaceTarget::Canvas(canvas.clone()));
        let target = target.map_err(|error| failed(Failure::NoSurface(error.to_string())))?;
        let listeners = Listeners::new();
        let gpu = Gpu::open(&instance, Some(&target), listeners.for_gpu()).await.map_err(failed)?;
        let size = (canvas.width(), canvas.height());
        let surface = WindowSurface::new(&gpu, target, size).map_err(failed)?;
        let renderer = Renderer::new(gpu, surface.format());
        Ok(Self { inner: Rc::new(RefCell::new(Inner { canvas, surface, renderer })), listeners })
    }

    /// `WebGPU` or `WebGL2`.
    #[wasm_bindgen(getter)]
    pub fn backend(&self) -> String {
        BACKEND.0.to_owned()
    }

    /// Name of the adapter; browsers may tell none.
    #[wasm_bindgen(getter)]
    pub fn adapter(&self) -> String {
        self.inner.borrow().renderer.gpu().adapter_name()
    }

    /// Particles that one frame can have on this device.
    #[wasm_bindgen(getter, js_name = maxParticles)]
    pub fn max_particles(&self) -> f64 {
        self.inner.borrow().renderer.gpu().max_particles() as f64
    }

    /// Why the device is gone; empty while it is there.
    #[wasm_bindgen(getter)]
    pub fn lost(&self) -> String {
        self.inner.borrow().renderer.gpu().lost().unwrap_or_default().to_owned()
    }

    /// Draws three known particles offscreen and looks for them. Rejects with what it saw instead.
    #[wasm_bindgen(js_name = selfTest)]
    pub fn self_test(&self) -> Promise {
        let test = self.inner.borrow().renderer.self_test();
        future_to_promise(async move {
            test.map_err(failed)?.verdict().await.map_err(failed)?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Draws `spheres` or `points`.
    ///
    /// # Errors
    /// Any other name.
    #[wasm_bindgen(js_name = setMode)]
    pub fn set_mode(&self, name: &str) -> Result<(), Error> {
        let mode = Mode::from_name(name).ok_or_else(|| Error::new(&format!("there is no mode {name}; there are spheres and points")))?;
        self.inner.borrow_mut().renderer.look.mode = mode;
        Ok(())
    }

    /// Colours by `viridis`, `cividis`, `batlow` or `turbo`.
    ///
    /// # Errors
    /// Any other name.
    #[wasm_bindgen(js_name = setColormap)]
    pub fn set_colormap(&self, name: &str) -> Result<(), Error> {
        self.inner.borrow_mut().renderer.look.colormap = colormap(name)?;
        Ok(())
    }

    /// Scalars at the ends of the colour map.
    #[wasm_bindgen(js_name = setColorRange)]
    pub fn set_color_range(&self, min: f32, max: f32) {
        self.inner.borrow_mut().renderer.look.color_range = [min, max];
    }

    /// Radius of every particle, in the scene's units.
    #[wasm_bindgen(js_name = setRadius)]
    pub fn set_radius(&self, radius: f32) {
        self.inner.borrow_mut().renderer.look.radius = radius;
    }

    /// Corners of the domain, `[min x, y, z, max x, y, z]`, and whether its edges are drawn.
    ///
    /// # Errors
    /// Another number of values than six.
    #[wasm_bindgen(js_name = setBounds)]
    pub fn set_bounds(&self, corners: &[f32], drawn: bool) -> Result<(), Error> {
        let &[a, b, c, d, e, f] = corners else { return Err(Error::new("bounds are six numbers")) };
        let renderer = &mut self.inner.borrow_mut().renderer;
        renderer.look.bounds = [[a, b, c], [d, e, f]];
        renderer.look.bounds_drawn = drawn;
        let diagonal = renderer.look.diagonal();
        renderer.camera.set_diagonal(diagonal);
        Ok(())
    }

    /// Spheres in the way: `[x, y, z, radius]` of each, 32 at most; the rest are left out.
    #[wasm_bindgen(js_name = setObstacles)]
    pub fn set_obstacles(&self, spheres: &[f32]) {
        let rows = spheres.chunks_exact(4).take(MOST_OBSTACLES).map(|s| [s[0], s[1], s[2], s[3]]);
        self.inner.borrow_mut().renderer.look.obstacles = rows.collect();
    }

    /// Colour behind everything; sRGB, 0 to 1.
    #[wasm_bindgen(js_name = setBackground)]
    pub fn set_background(&self, r: f32, g: f32, b: f32) {
        self.inner.borrow_mut().renderer.look.background = [r, g, b];
    }

    /// Colour of the domain's edges; sRGB, 0 to 1.
    #[wasm_bindgen(js_name = setLineColor)]
    pub fn set_line_color(&self, r: f32, g: f32, b: f32) {
        self.inner.borrow_mut().renderer.look.line_color = [r, g, b];
    }

    /// Takes a frame straight from the host's memory: `count` rows of x, y, z, scalar as f32 at `byte_offset`, padded to 1024 rows.
    ///
    /// # Errors
    /// More than `maxParticles`, or a frame that does not lie in the buffer.
    pub fn upload(&self, buffer: &JsValue, byte_offset: f64, count: f64) -> Result<(), Error> {
        self.inner.borrow_mut().renderer.upload_from(buffer, byte_offset as usize, count as usize).map_err(failed)
    }

    /// Follows the canvas' size in device pixels.
    pub fn resize(&self, width: u32, height: u32) {
        let Inner { canvas, surface, renderer } = &mut *self.inner.borrow_mut();
        surface.resize(renderer.gpu(), (width, height));
        let (width, height) = surface.size();
        canvas.set_width(width);
        canvas.set_height(height);
    }

    /// Draws one picture on the canvas; nothing when the device is gone.
    pub fn render(&self) {
        let Inner { surface, renderer, .. } = &mut *self.inner.borrow_mut();
        if renderer.gpu().lost().is_some() {
            return;
        }
        if let Ok(Some(texture)) = surface.next(renderer.gpu()) {
            renderer.draw(&texture.texture.create_view(&wgpu::TextureViewDescriptor::default()), surface.size());
            renderer.present(texture);
        }
    }

    /// Calls `callback(reason, destroyed)` when the device is lost.
    #[wasm_bindgen(js_name = onLost)]
    pub fn on_lost(&self, callback: Function) {
        self.listeners.on_lost(callback);
    }

    /// Calls `callback(message)` for each call that the device refuses.
    #[wasm_bindgen(js_name = onError)]
    pub fn on_error(&self, callback: Function) {
        self.listeners.on_error(callback);
    }

    /// Looks at the middle of the domain; degrees, and a distance in diagonals of the domain.
    pub fn look(&self, azimuth: f64, elevation: f64, distance: f64) {
        let renderer = &mut self.inner.borrow_mut().renderer;
        let target = renderer.look.middle();
        renderer.camera.place(Orbit { azimuth, elevation, distance, target });
    }

    /// Turns by a pointer's movement in pixels of the page.
    pub fn orbit(&self, dx: f64, dy: f64) {
        self.inner.borrow_mut().renderer.camera.turn(dx, dy);
    }

    /// Moves by a pointer's movement in pixels of the canvas.
    pub fn pan(&self, dx: f64, dy: f64) {
        let Inner { surface, renderer, .. } = &mut *self.inner.borrow_mut();
        renderer.camera.pan(dx, dy, surface.size());
    }

    /// Comes nearer by a factor below 1.
    pub fn dolly(&self, factor: f64) {
        self.inner.borrow_mut().renderer.camera.dolly(factor);
    }

    /// `[azimuth, elevation, distance, target x, y, z]`.
    pub fn camera(&self) -> Vec<f64> {
        let Orbit { azimuth, elevation, distance, target } = self.inner.borrow().renderer.camera.orbit();
        [azimuth, elevation, distance].into_iter().chain(target).collect()
    }

    /// Takes what `camera` gave.
    ///
    /// # Errors
    /// Another number of values than six.
    #[wasm_bindgen(js_name = setCamera)]
    pub fn set_camera(&self, state: &[f64]) -> Result<(), Error> {
        let &[azimuth, elevation, distance, x, y, z] = state else { return Err(Error::new("a camera is six numbers")) };
        self.inner.borrow_mut().renderer.camera.place(Orbit { azimuth, elevation, distance, target: [x, y, z] });
        Ok(())
    }

    /// Matrix of the next picture, column by column; depth is 1 near and 0 infinitely far.
    #[wasm_bindgen(js_name = clipFromWorld)]
    pub fn clip_from_world(&self) -> Vec<f32> {
        let inner = self.inner.borrow();
        inner.renderer.camera.clip_from_world(inner.surface.size()).to_vec()
    }

    /// The present picture drawn at another size: a promise of a `Uint8ClampedArray`, red, green, blue, alpha, rows from the top.
    pub fn capture(&self, width: u32, height: u32) -> Promise {
        let readback = self.inner.borrow().renderer.capture((width, height));
        future_to_promise(async move { Ok(Uint8ClampedArray::from(readback.pixels().await.map_err(failed)?.as_slice()).into()) })
    }
}
