//! The window: events to camera and run, frames to the renderer.

use super::gestures::{Gestures, Motion};
use super::keys::{self, Action};
use super::runner::Runner;
use super::stage::Stage;
use super::{Options, look, screenshot};
use crate::cli::failure::Failure;
use motes_renderer::{Camera, Look, Mode};
use motes_scene::Compiled;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use winit::application::ApplicationHandler;
use winit::dpi::LogicalSize;
use winit::event::{ElementState, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow};
use winit::window::{Fullscreen, WindowId};

/// Between two looks for something new while nothing moves.
const IDLE: Duration = Duration::from_millis(15);
/// Between two updates of the title.
const TITLE: Duration = Duration::from_secs(1);
/// Devices that may be lost in a row before the window gives up.
const MOST_RESTARTS: u32 = 3;

pub(super) struct Window {
    title: String,
    particles: u32,
    options: Options,
    runner: Runner,
    first: (Look, Camera),
    gestures: Gestures,
    shown: Option<(Arc<winit::window::Window>, Stage)>,
    result: Result<(), Failure>,
    pictures: u64,
    restarts: u32,
    /// Something changed that no frame tells of.
    dirty: bool,
    since: Instant,
    counted: (u64, u64),
}

impl Window {
    pub(super) fn new(scene: &Compiled, options: Options, runner: Runner) -> Self {
        let look = look::look(scene);
        let camera = look::camera(scene, &look);
        Self {
            title: scene.title.clone(),
            particles: scene.particle_count,
            options,
            runner,
            first: (look, camera),
            gestures: Gestures::default(),
            shown: None,
            result: Ok(()),
            pictures: 0,
            restarts: 0,
            dirty: true,
            since: Instant::now(),
            counted: (0, 0),
        }
    }

    /// Ends the run; what went wrong in it or in the window.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let run = self.runner.end();
        std::mem::replace(&mut self.result, Ok(()))?;
        run.map_err(Failure::Host)
    }

    fn open(&mut self, event_loop: &ActiveEventLoop) -> Result<(), Failure> {
        let (width, height) = self.options.size;
        let attributes = winit::window::Window::default_attributes().with_title(&self.title).with_inner_size(LogicalSize::new(width, height));
        let window = event_loop.create_window(attributes).map_err(|error| Failure::Graphics(error.to_string()))?;
        let window = Arc::new(window);
        let (look, camera) = self.first.clone();
        self.show(event_loop, window, look, camera)?;
        eprintln!("{}", keys::HELP);
        Ok(())
    }

    /// Makes graphics for a window and gives them the frame that is on display.
    fn show(&mut self, event_loop: &ActiveEventLoop, window: Arc<winit::window::Window>, look: Look, camera: Camera) -> Result<(), Failure> {
        let mut stage = Stage::new(event_loop, &window, look, camera)?;
        eprintln!("{}: {} particles, {}", self.title, self.particles, stage.name());
        upload(&mut stage, self.runner.frames.current().values)?;
        self.shown = Some((window, stage));
        self.dirty = true;
        Ok(())
    }

    /// All graphics anew; look, camera and frame stay.
    fn restart(&mut self, event_loop: &ActiveEventLoop) -> Result<(), Failure> {
        let Some((window, stage)) = self.shown.take() else { return Ok(()) };
        self.restarts += 1;
        if self.restarts > MOST_RESTARTS {
            return Err(Failure::Graphics(format!("the graphics device was lost {} times in a row", self.restarts)));
        }
        let (look, camera) = (stage.renderer.look.clone(), stage.renderer.camera);
        drop(stage);
        self.show(event_loop, window, look, camera)
    }

    fn redraw(&mut self, event_loop: &ActiveEventLoop) -> Result<(), Failure> {
        if self.shown.as_ref().is_some_and(|(_, stage)| stage.is_lost()) {
            self.restart(event_loop)?;
        }
        let Some((window, stage)) = &mut self.shown else { return Ok(()) };
        if let Some(frame) = self.runner.frames.take() {
            upload(stage, frame.values)?;
        }
        match stage.draw(window) {
            Ok(true) => self.drawn(event_loop),
            Ok(false) => Ok(()),
            Err(_) => self.restart(event_loop),
        }
    }

    fn drawn(&mut self, event_loop: &ActiveEventLoop) -> Result<(), Failure> {
        self.pictures += 1;
        self.restarts = 0;
        self.dirty = false;
        self.runner.picture_drawn();
        self.tell();
        let step = self.runner.frames.current().descriptor.step;
        let done = self.options.steps.is_some_and(|steps| step >= steps);
        if let (true, Some(path), Some((_, stage))) = (done, &self.options.screenshot, &self.shown) {
            screenshot::write(path, &stage.capture()?, stage.size())?;
            event_loop.exit();
        }
        if self.options.frames.is_some_and(|frames| self.pictures >= frames) {
            event_loop.exit();
        }
        Ok(())
    }

    /// Rates into the title, once a second.
    fn tell(&mut self) {
        let elapsed = self.since.elapsed();
        if elapsed < TITLE {
            return;
        }
        let steps = self.runner.state.steps.load(Ordering::Relaxed);
        let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / elapsed.as_secs_f64();
        let (steps_rate, pictures_rate) = (rate(steps, self.counted.0), rate(self.pictures, self.counted.1));
        if let Some((window, _)) = &self.shown {
            window.set_title(&format!("{} · {} particles · step {steps} · {steps_rate:.0} steps/s · {pictures_rate:.0} frames/s", self.title, self.particles));
        }
        self.counted = (steps, self.pictures);
        self.since = Instant::now();
    }

    fn act(&mut self, event_loop: &ActiveEventLoop, action: Action) {
        self.dirty = true;
        let Some((window, stage)) = &mut self.shown else { return };
        match action {
            Action::TogglePlay => self.runner.toggle_play(),
            Action::Step => self.runner.step(),
            Action::Back => self.runner.back(),
            Action::Reset => self.runner.reset(),
            Action::Faster(faster) => eprintln!("{} steps a picture", self.runner.change_speed(faster)),
            Action::Drag(dx, dy) if self.gestures.modifiers.shift_key() => self.act_on_camera(Motion::Move(dx, dy)),
            Action::Drag(dx, dy) => self.act_on_camera(Motion::Turn(dx, dy)),
            Action::Dolly(factor) => self.act_on_camera(Motion::Dolly(factor)),
            Action::Recenter => stage.renderer.camera = self.first.1,
            Action::TogglePoints => {
                let mode = &mut stage.renderer.look.mode;
                *mode = if *mode == Mode::Spheres { Mode::Points } else { Mode::Spheres };
            }
            Action::FullScreen => window.set_fullscreen(if window.fullscreen().is_none() { Some(Fullscreen::Borderless(None)) } else { None }),
            Action::RestartGraphics => stage.give_up(),
            Action::Close => event_loop.exit(),
        }
    }

    fn act_on_camera(&mut self, motion: Motion) {
        let Some((window, stage)) = &mut self.shown else { return };
        let (size, scale) = (stage.size(), window.scale_factor());
        let camera = &mut stage.renderer.camera;
        match motion {
            Motion::Turn(dx, dy) => camera.turn(dx / scale, dy / scale),
            Motion::Move(dx, dy) => camera.pan(dx, dy, size),
            Motion::Dolly(factor) => camera.dolly(factor),
        }
        self.dirty = true;
    }

    /// Keeps the first failure and ends the loop.
    fn note(&mut self, event_loop: &ActiveEventLoop, result: Result<(), Failure>) {
        if result.is_err() {
            self.result = result;
            event_loop.exit();
        }
    }
}

fn upload(stage: &mut Stage, values: &[f32]) -> Result<(), Failure> {
    stage.renderer.upload(values.as_chunks::<4>().0).map_err(|error| Failure::Graphics(error.to_string()))
}

impl ApplicationHandler for Window {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.shown.is_none() {
            let result = self.open(event_loop);
            self.note(event_loop, result);
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        for motion in self.gestures.take(&event) {
            self.act_on_camera(motion);
        }
        match event {
            WindowEvent::CloseRequested => event_loop.exit(),
            WindowEvent::Resized(size) => {
                if let Some((_, stage)) = &mut self.shown {
                    stage.resize((size.width, size.height));
                }
                self.dirty = true;
            }
            WindowEvent::KeyboardInput { event, .. } if event.state == ElementState::Pressed => {
                if let Some(action) = keys::action(&event.logical_key) {
                    self.act(event_loop, action);
                }
            }
            WindowEvent::RedrawRequested => {
                let result = self.redraw(event_loop);
                self.note(event_loop, result);
            }
            _ => {}
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let Some((window, stage)) = &self.shown else { return };
        let waiting = self.options.screenshot.is_some() || self.options.frames.is_some();
        let moving = self.runner.state.playing.load(Ordering::Relaxed) || self.dirty || stage.is_lost() || waiting;
        if moving || self.runner.frames.is_fresh() {
            window.request_redraw();
        }
        event_loop.set_control_flow(ControlFlow::WaitUntil(Instant::now() + IDLE));
    }
}
