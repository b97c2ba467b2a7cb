//! The thread that leads physics while the window's thread draws.

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
        let mut lead = Lead { simulation, received, state: Arc::clone(&state), limit, due: 0 };
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

    fn portion(&mut self) {
        let done = self.state.steps.load(Ordering::Relaxed);
        let left = self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(done));
        let steps = left.min(self.state.steps_per_picture.load(Ordering::Relaxed).into()) as u32;
        if u64::from(steps) == left {
            self.state.playing.store(false, Ordering::Relaxed);
        }
        let stopped = self.simulation.stopped_plug_ins().len();
        let result = self.simulation.step(steps).and_then(|()| self.simulation.publish());
        for plug_in in &self.simulation.stopped_plug_ins()[stopped..] {
            eprintln!("{} was switched off after step {}: {}; the run goes on without it", plug_in.file, plug_in.step, plug_in.reason);
        }
        self.note(result, done + u64::from(steps));
    }

    fn reset(&mut self) {
        let result = self.simulation.reset().and_then(|()| self.simulation.publish());
        self.note(result, 0);
    }

    /// A fault pauses the run at the last whole state; a reset begins anew.
    fn note(&mut self, result: Result<(), HostError>, steps: u64) {
        if let Err(error) = &result {
            eprintln!("stopped: {error}; r begins again");
            self.state.playing.store(false, Ordering::Relaxed);
        } else {
            self.state.steps.store(steps, Ordering::Relaxed);
        }
        if let Ok(mut fault) = self.state.fault.lock() {
            *fault = result.err();
        }
    }
}
