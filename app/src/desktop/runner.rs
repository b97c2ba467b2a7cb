//! The thread that leads physics while the window's thread draws.

use super::moments::Moments;
use crate::cli::failure::Failure;
use motes_host::{FrameReader, HostError, Simulation, Start};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Steps for each picture, to begin with.
const STEPS_PER_PICTURE: u32 = 4;
const MOST_STEPS_PER_PICTURE: u32 = 4096;
/// A display slower than this is not waited for.
const SLOW_DISPLAY: Duration = Duration::from_millis(40);

enum Command {
    /// A picture was drawn: another portion of steps is due.
    Picture,
    TogglePlay,
    Portion,
    Back,
    Reset,
    End,
}

/// What the window reads.
#[derive(Default)]
pub(super) struct State {
    pub(super) playing: AtomicBool,
    pub(super) steps: AtomicU64,
    steps_per_picture: AtomicU32,
    fault: Mutex<Option<HostError>>,
}

/// Physics on its thread.
pub(super) struct Runner {
    commands: Sender<Command>,
    pub(super) state: Arc<State>,
    pub(super) frames: FrameReader,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    pub(super) fn start(start: Start, threads: u32, limit: Option<u64>, playing: bool) -> Result<Self, Failure> {
        let mut simulation = Simulation::new(start, threads)?;
        let frames = simulation.frames().ok_or_else(|| Failure::Graphics("the frames of this run are taken".to_owned()))?;
        simulation.publish()?;
        let state = Arc::new(State::default());
        state.playing.store(playing, Ordering::Relaxed);
        state.steps_per_picture.store(STEPS_PER_PICTURE, Ordering::Relaxed);
        let (commands, received) = mpsc::channel();
        let moments = Moments::begin(&mut simulation);
        let mut lead = Lead { simulation, moments, received, state: Arc::clone(&state), limit, due: 0 };
        Ok(Self { commands, state, frames, thread: Some(thread::spawn(move || lead.run())) })
    }

    /// The thread ends only when told to, or by a panic that shows on its own.
    fn send(&self, command: Command) {
        _ = self.commands.send(command);
    }

    pub(super) fn picture_drawn(&self) {
        self.send(Command::Picture);
    }

    pub(super) fn toggle_play(&self) {
        self.send(Command::TogglePlay);
    }

    pub(super) fn step(&self) {
        self.send(Command::Portion);
    }

    pub(super) fn back(&self) {
        self.send(Command::Back);
    }

    pub(super) fn reset(&self) {
        self.send(Command::Reset);
    }

    /// Doubles or halves the steps for each picture; tells how many there are now.
    pub(super) fn change_speed(&self, faster: bool) -> u32 {
        let now = self.state.steps_per_picture.load(Ordering::Relaxed);
        let next = if faster { (now * 2).min(MOST_STEPS_PER_PICTURE) } else { (now / 2).max(1) };
        self.state.steps_per_picture.store(next, Ordering::Relaxed);
        next
    }

    /// Ends the thread; the fault that stopped the run, if one did.
    pub(super) fn end(&mut self) -> Result<(), HostError> {
        self.send(Command::End);
        if let Some(thread) = self.thread.take()
            && let Err(panic) = thread.join()
        {
            std::panic::resume_unwind(panic);
        }
        self.state.fault.lock().map_or(Ok(()), |mut fault| fault.take().map_or(Ok(()), Err))
    }
}

struct Lead {
    simulation: Simulation,
    moments: Moments,
    received: Receiver<Command>,
    state: Arc<State>,
    limit: Option<u64>,
    /// Portions of steps that pictures have made room for.
    due: u32,
}

impl Lead {
    fn run(&mut self) {
        loop {
            match self.next() {
                Ok(Command::End) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Command::Picture) => self.due = (self.due + 1).min(2),
                Ok(Command::TogglePlay) => _ = self.state.playing.fetch_xor(true, Ordering::Relaxed),
                Ok(Command::Portion) => self.portion(),
                Ok(Command::Back) => self.back(),
                Ok(Command::Reset) => self.reset(),
                Err(RecvTimeoutError::Timeout) => self.due = 1,
            }
            if self.due > 0 && self.state.playing.load(Ordering::Relaxed) {
                self.due -= 1;
                self.portion();
            }
        }
    }

    /// Paused, it sleeps until there is something to do.
    fn next(&self) -> Result<Command, RecvTimeoutError> {
        if self.state.playing.load(Ordering::Relaxed) {
            self.received.recv_timeout(SLOW_DISPLAY)
        } else {
            self.received.recv().map_err(|_| RecvTimeoutError::Disconnected)
        }
    }

    fn steps_per_picture(&self) -> u32 {
        self.state.steps_per_picture.load(Ordering::Relaxed)
    }

    fn pause(&self) {
        self.state.playing.store(false, Ordering::Relaxed);
    }

    fn portion(&mut self) {
        let left = self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.state.steps.load(Ordering::Relaxed)));
        let steps = left.min(self.steps_per_picture().into()) as u32;
        if u64::from(steps) == left {
            self.pause();
        }
        let stopped = self.simulation.stopped_plug_ins().len();
        let result = self.moments.step(&mut self.simulation, steps);
        for plug_in in &self.simulation.stopped_plug_ins()[stopped..] {
            eprintln!("{} was switched off after step {}: {}; the run goes on without it", plug_in.file, plug_in.step, plug_in.reason);
        }
        self.show(result);
    }

    fn back(&mut self) {
        self.pause();
        let steps = self.steps_per_picture().into();
        match self.moments.back(&mut self.simulation, steps) {
            Ok(()) => self.show(Ok(())),
            Err(reason) => eprintln!("there is no way back: {reason}"),
        }
    }

    fn reset(&mut self) {
        let result = self.simulation.reset();
        if result.is_ok() {
            self.moments = Moments::begin(&mut self.simulation);
        }
        self.show(result);
    }

    /// Publishes the present state. A fault pauses the run at the last whole one; a reset begins anew.
    fn show(&mut self, result: Result<(), HostError>) {
        let result = result.and_then(|()| self.simulation.publish()).and_then(|()| self.simulation.header());
        match &result {
            Ok(header) => self.state.steps.store(header.step, Ordering::Relaxed),
            Err(error) => {
                eprintln!("stopped: {error}; r begins again");
                self.pause();
            }
        }
        if let Ok(mut fault) = self.state.fault.lock() {
            *fault = result.err();
        }
    }
}
