//! A simulation: a block, and an engine that runs physics on it.

mod growth;
mod place;

pub(crate) use place::With;

use crate::engine::{Call, Engine, Made, Plugs, native_memory};
use crate::memory::Memory;
use crate::particle_file::ParticleFile;
use crate::plugged::Plugged;
use crate::team::Threads;
use motes_physics::block::Block;
use motes_physics::distributions::Distribution;
use motes_physics::layout::{Diagnostics, FrameDescriptor, Header};
use motes_physics::workers::FrameWords;
use motes_physics::{Fault, Status};
use motes_scene::growth::GrowthError;
use motes_scene::{Compiled, InputError};
use std::sync::{Arc, Mutex};

/// Why the host could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The system has no room for the block.
    #[error("the scene needs {bytes} bytes of memory and the system refused them; use fewer particles")]
    Memory {
        /// Bytes asked for.
        bytes: u64,
    },
    /// No threads could be started.
    #[error("could not start {threads} threads: {source}; use fewer with --threads")]
    Threads {
        /// Threads asked for.
        threads: u32,
        /// What the system said.
        source: std::io::Error,
    },
    /// A module could not be used, or trapped.
    #[error("physics.wasm: {reason}")]
    Module {
        /// What wasmtime or the host said.
        reason: String,
    },
    /// A plug-in could not be loaded.
    #[error("{reason}")]
    PlugIn {
        /// Which, and why.
        reason: String,
    },
    /// An effect of the sound could not be loaded.
    #[error("{reason}")]
    Effect {
        /// Which, and why.
        reason: String,
    },
    /// A file of particles could not be read, or is wrong.
    #[error("{0}")]
    Particles(InputError),
    /// Particles could not join the run, which is as it was.
    #[error("{0}")]
    Growth(GrowthError),
    /// Physics stopped.
    #[error("step {step}: {}", explain(fault))]
    Fault {
        /// Steps done when it was noticed.
        step: u64,
        /// What physics met.
        fault: Fault,
    },
}

/// A sentence on a fault and what to do about it.
fn explain(fault: &Fault) -> String {
    let Fault { particle, detail, .. } = fault;
    match fault.status {
        Status::NotFinite => {
            format!("particle {particle} has a position or velocity that is not a finite number; use a smaller dt, or begin without overlapping particles")
        }
        Status::NeighborCapacity => format!(
            "particles have {} neighbours each where they crowd, and their lists have room for {}; they overlap: begin with more distance or a smaller cut-off",
            detail[0], detail[1]
        ),
        Status::ParticleLost => format!("particle {particle} left the region that the model can represent"),
        Status::MissingModel => format!("this build of the physics has no code for the scene's record {}; physics-all.wasm has every model", fault.detail[0]),
        Status::BadRecord => "the scene has a part that this model cannot read".to_owned(),
        Status::PlugInDamage => format!("plug-in {} wrote where it said it would not", detail[0]),
        Status::OutOfRange => "an argument of the call is not one that it can have".to_owned(),
        Status::NotABlock | Status::LayoutMismatch | Status::OutOfBounds | Status::Ok => format!("the block is damaged ({:?})", fault.status),
    }
}

/// A compiled scene, and the file that its particles come from if it was compiled for one.
pub struct Start<'a> {
    /// The scene.
    pub scene: &'a Compiled,
    /// The file.
    pub particles: Option<ParticleFile>,
    /// Bytes behind the block that it may grow into when particles join a run with plug-ins, whose data stand behind it and do not move. As
    /// many as it has, 16 to 256 MiB, unless told; none where the system has no room for it. They are addresses, and no memory until used.
    pub reserve: Option<u64>,
}

impl<'a> From<&'a Compiled> for Start<'a> {
    fn from(scene: &'a Compiled) -> Self {
        Start { scene, particles: None, reserve: None }
    }
}

impl<'a> Start<'a> {
    /// The plug-ins to begin with.
    fn plugs(&self) -> Plugs<'a> {
        if self.scene.plug_ins.is_empty() { Plugs::None } else { plugs_of(self.scene, self.reserve, self.scene.block_bytes) }
    }

    /// The block to begin with.
    fn block(&self) -> (&'a [u8], u64) {
        (&self.scene.prefix, self.scene.block_bytes)
    }
}

/// A scene's plug-ins, behind a block of so many bytes and its reserve.
pub(crate) fn plugs_of(scene: &Compiled, reserve: Option<u64>, block_bytes: u64) -> Plugs<'_> {
    Plugs::Of(scene, place::reserve_of(reserve, block_bytes))
}

/// Particles that the host writes before init.
enum Given {
    Arrays(Vec<(&'static str, Vec<u8>)>),
    File(Box<ParticleFile>),
}

impl From<Start<'_>> for Given {
    fn from(start: Start<'_>) -> Self {
        match start.particles {
            Some(mut file) => {
                file.name_species(&start.scene.species_names);
                Given::File(Box::new(file))
            }
            None => Given::Arrays(start.scene.given.clone()),
        }
    }
}

/// A running simulation: block, engine, and the calls on them.
pub struct Simulation {
    pub(crate) memory: Arc<Memory>,
    pub(crate) engine: Engine,
    given: Given,
    reader_taken: bool,
    pub(crate) plugged: Option<Plugged>,
    /// First bytes of the scene's block, which a reset goes back to.
    pub(crate) origin: Vec<u8>,
    /// Those of the present block; parameters may have changed since.
    pub(crate) prefix: Vec<u8>,
    /// What was told of it.
    pub(crate) reserve: Option<u64>,
    /// Where the run has moved to, until the reader of frames follows.
    newest: Newest,
}

/// A memory that the reader of frames is to go on with.
type Newest = Arc<Mutex<Option<Arc<Memory>>>>;

impl Simulation {
    /// Allots the block, copies the scene into it, and makes the first state.
    pub fn new<'a>(start: impl Into<Start<'a>>, threads: u32) -> Result<Self, HostError> {
        Self::with_threads(start, Threads::new(threads).map_err(|source| HostError::Threads { threads, source })?)
    }

    /// As [`Self::new`], on threads that were made before.
    pub fn with_threads<'a>(start: impl Into<Start<'a>>, threads: Threads) -> Result<Self, HostError> {
        let start = start.into();
        let made = native_memory(start.block(), &start.plugs(), threads.count())?;
        Self::begin(start, made.map(|made| Made { engine: Some(Engine::Native(threads)), ..made }))
    }

    /// As [`Self::new`], with physics.wasm in place of the physics that is linked in; the block lies in a Wasm memory.
    #[cfg(feature = "wasm-engine")]
    pub fn in_wasm<'a>(start: impl Into<Start<'a>>, modules: &crate::wasm::Modules, threads: u32) -> Result<Self, HostError> {
        let start = start.into();
        let made = crate::wasm::WasmTeam::on_new_memory(modules, threads, start.block(), 0, &start.plugs())?;
        Self::begin(start, made)
    }

    fn begin(start: Start, made: Option<Made>) -> Result<Self, HostError> {
        let (prefix, reserve) = (start.scene.prefix.clone(), start.reserve);
        let Some(Made { memory, engine: Some(mut engine), plug_ins }) = made else { return Err(HostError::Memory { bytes: start.scene.block_bytes }) };
        engine.call_plug_ins(plug_ins.clone());
        let (memory, plugged, newest) = (Arc::new(memory), plug_ins.map(|plug_ins| Plugged::following(None, plug_ins)), Newest::default());
        let given = start.into();
        let mut simulation = Self { memory, engine, given, reader_taken: false, plugged, origin: prefix.clone(), prefix, reserve, newest };
        simulation.write_given()?;
        simulation.init()?;
        Ok(simulation)
    }

    /// The block; the exclusive borrow makes this thread the only leader.
    pub(crate) fn with_block<T>(&mut self, look: impl FnOnce(&mut Block) -> T) -> Result<T, HostError> {
        let memory = Arc::clone(&self.memory);
        let mut block = memory.lead(self).map_err(|status| HostError::Fault { step: 0, fault: status.into() })?;
        Ok(look(&mut block))
    }

    /// Calls physics.
    pub(crate) fn physics(&mut self, call: Call) -> Result<u64, HostError> {
        let memory = Arc::clone(&self.memory);
        let mut block = memory.lead(self).map_err(|status| HostError::Fault { step: 0, fault: status.into() })?;
        self.engine.call(&memory, &mut block, call)
    }

    /// Runs time steps.
    pub fn step(&mut self, steps: u32) -> Result<(), HostError> {
        if self.plugged.is_some() { self.step_with_plug_ins(steps) } else { self.physics(Call::Step(steps)).map(|_| ()) }
    }

    /// Goes on with another build of physics.wasm from the same bytes, if it passes its trial on a copy of the block; else says why not, and the
    /// run is as it was.
    #[cfg(feature = "wasm-engine")]
    pub fn swap(&mut self, physics: &[u8], sync: &[u8], trial: crate::wasm::Trial) -> Result<(), String> {
        let bytes = self.header().map_err(|error| error.to_string())?.block_bytes;
        let memory = Arc::clone(&self.memory);
        let block = memory.copy(self, bytes as usize);
        self.engine.swap(physics, sync, &block, trial)
    }

    /// Time spent in each stage since the last time this was asked; empty unless the threads measure it.
    pub fn take_profile(&mut self) -> Vec<(&'static str, std::time::Duration)> {
        self.engine.take_profile()
    }

    /// Writes a frame for the reader.
    pub fn publish(&mut self) -> Result<(), HostError> {
        self.physics(Call::Publish).map(|_| ())
    }

    /// Energies and other sums of the present state.
    pub fn diagnose(&mut self) -> Result<Diagnostics, HostError> {
        self.physics(Call::Diagnose)?;
        self.with_block(|block| block.header().diagnostics)
    }

    /// A distribution of the present state over bins of width `range / 128`.
    pub fn distribution(&mut self, kind: Distribution, range: f64) -> Result<Vec<f64>, HostError> {
        self.physics(Call::Distribution(kind, range))?;
        self.field("distribution")
    }

    /// The 64-bit hash of the present state.
    pub fn hash(&mut self) -> Result<u64, HostError> {
        self.physics(Call::Hash)
    }

    /// Keeps the present state for [`Self::restore`].
    pub fn checkpoint(&mut self) -> Result<(), HostError> {
        if let Some(plugged) = &self.plugged {
            plugged.save();
        }
        self.physics(Call::Checkpoint).map(|_| ())
    }

    /// Goes back to the last checkpoint.
    pub fn restore(&mut self) -> Result<(), HostError> {
        if let Some(plugged) = &self.plugged {
            plugged.restore();
        }
        self.physics(Call::Restore).map(|_| ())
    }

    /// Begins again from the scene, with the parameters as they are now and without what was added. Particles from a file are read from it
    /// again; when that fails, the run stands where [`Self::restore`] brings it.
    pub fn reset(&mut self) -> Result<(), HostError> {
        let mut before = self.shrink()?;
        if let Err(error) = self.write_given() {
            before.iter_mut().for_each(|place| self.exchange(place));
            self.restore()?;
            return Err(error);
        }
        if before.is_some() {
            self.tell_reader();
        }
        self.init()
    }

    /// Writes the particles that do not come from the scene.
    fn write_given(&mut self) -> Result<(), HostError> {
        let mut given = std::mem::replace(&mut self.given, Given::Arrays(Vec::new()));
        let result = self.with_block(|block| match &mut given {
            Given::File(file) => file.fill(block).map_err(HostError::Particles),
            Given::Arrays(arrays) => {
                if !arrays.is_empty() {
                    block.take::<u32>("velocity").fill(0);
                }
                block.release();
                for (name, bytes) in arrays {
                    overwrite(bytemuck::cast_slice_mut::<u32, u8>(block.take(name)), bytes);
                }
                block.release();
                Ok(())
            }
        });
        self.given = given;
        result?
    }

    /// Sets one `f64` slot of the parameters at its byte offset; acts from the next step on. Offsets outside the parameters are ignored.
    pub fn set_slot(&mut self, offset: u32, value: f64) -> Result<(), HostError> {
        self.with_block(|block| block.set_slot(offset, value))
    }

    /// Counts and clock.
    pub fn header(&mut self) -> Result<Header, HostError> {
        self.with_block(|block| *block.header())
    }

    /// A copy of a field's rows; empty when there is no such field of that element type.
    pub fn field<T: bytemuck::Pod>(&mut self, name: &str) -> Result<Vec<T>, HostError> {
        self.with_block(|block| {
            let values = block.take::<T>(name).to_vec();
            block.release();
            values
        })
    }

    /// Overwrites a field; values beyond its end are ignored.
    pub fn set_field<T: bytemuck::Pod>(&mut self, name: &str, values: &[T]) -> Result<(), HostError> {
        self.with_block(|block| {
            overwrite(block.take(name), values);
            block.release();
        })
    }

    /// The one reader of frames, which may live on another thread; `None` when it was taken before.
    pub fn frames(&mut self) -> Option<FrameReader> {
        let first = !std::mem::replace(&mut self.reader_taken, true);
        first.then(|| FrameReader { memory: Arc::clone(&self.memory), newest: Arc::clone(&self.newest), front: 2 })
    }
}

/// Copies as much as both have.
fn overwrite<T: Copy>(target: &mut [T], values: &[T]) {
    let length = target.len().min(values.len());
    target[..length].copy_from_slice(&values[..length]);
}

/// Takes the newest complete frame, never waits.
pub struct FrameReader {
    memory: Arc<Memory>,
    newest: Newest,
    front: u32,
}

/// A complete frame: four numbers a particle.
pub struct Frame<'a> {
    /// Counts, clock and range of the scalar.
    pub descriptor: FrameDescriptor,
    /// x, y, z, scalar of each particle.
    pub values: &'a [f32],
}

impl FrameReader {
    /// The newest frame, or `None` if it was taken before.
    pub fn take(&mut self) -> Option<Frame<'_>> {
        self.follow();
        self.front = self.memory.take_frame(self.front)?;
        Some(self.current())
    }

    /// Goes over to the memory that the run has moved to, once there is a frame in it.
    fn follow(&mut self) {
        let moved = self.newest.try_lock().ok().and_then(|mut newest| newest.take_if(|memory| memory.has_fresh_frame()));
        if let Some(memory) = moved {
            (self.memory, self.front) = (memory, 2);
        }
    }

    /// Whether there is a frame that was not taken yet.
    pub fn is_fresh(&self) -> bool {
        self.memory.has_fresh_frame() || self.newest.try_lock().is_ok_and(|newest| newest.as_ref().is_some_and(|memory| memory.has_fresh_frame()))
    }

    /// The frame taken last.
    pub fn current(&self) -> Frame<'_> {
        let (descriptor, values) = self.memory.frame(self.front);
        Frame { descriptor, values }
    }
}
