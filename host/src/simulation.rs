//! A simulation: a block, and an engine that runs physics on it.

mod growth;

use crate::engine::{Call, Engine};
use crate::memory::Memory;
use crate::particle_file::ParticleFile;
use crate::plug_ins::PlugIns;
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
}

impl<'a> From<&'a Compiled> for Start<'a> {
    fn from(scene: &'a Compiled) -> Self {
        Start { scene, particles: None }
    }
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
    /// The scene's first bytes.
    pub(crate) origin: Vec<u8>,
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
        if !start.scene.plug_ins.is_empty() {
            let (memory, plug_ins) = PlugIns::on_new_memory(start.scene, threads.count())?;
            return Self::begin(start, memory, Some(Arc::clone(&plug_ins)), || Ok(Engine::Native(threads.calling(plug_ins))));
        }
        let bytes = start.scene.block_bytes;
        let memory = Memory::new(bytes).ok_or(HostError::Memory { bytes })?;
        Self::begin(start, memory, None, || Ok(Engine::Native(threads)))
    }

    /// As [`Self::new`], with physics.wasm in place of the physics that is linked in; the block lies in a Wasm memory.
    #[cfg(feature = "wasm-engine")]
    pub fn in_wasm<'a>(start: impl Into<Start<'a>>, modules: &crate::wasm::Modules, threads: u32) -> Result<Self, HostError> {
        let start = start.into();
        let bytes = PlugIns::bytes(start.scene, threads);
        let memory = modules.memory(bytes).ok_or(HostError::Memory { bytes })?;
        let load = || PlugIns::load(modules.engine(), &memory, start.scene, threads).map(Arc::new).map_err(|reason| HostError::PlugIn { reason });
        let plug_ins = if start.scene.plug_ins.is_empty() { None } else { Some(load()?) };
        let team = || crate::wasm::WasmTeam::start(modules, &memory, threads, plug_ins.as_ref()).map_err(|reason| HostError::Module { reason });
        Self::begin(start, Memory::in_wasm(&memory), plug_ins.clone(), || team().map(Engine::Wasm))
    }

    fn begin(start: Start, memory: Memory, plug_ins: Option<Arc<PlugIns>>, engine: impl FnOnce() -> Result<Engine, HostError>) -> Result<Self, HostError> {
        let mut simulation = Self::with_prefix(start, memory, plug_ins, engine)?;
        simulation.write_given()?;
        simulation.init()?;
        Ok(simulation)
    }

    /// With the scene's first bytes in the block, and no state yet.
    pub(crate) fn with_prefix<'a>(
        start: impl Into<Start<'a>>,
        mut memory: Memory,
        plug_ins: Option<Arc<PlugIns>>,
        engine: impl FnOnce() -> Result<Engine, HostError>,
    ) -> Result<Self, HostError> {
        let start = start.into();
        let prefix = &start.scene.prefix;
        memory.bytes_mut()[..prefix.len()].copy_from_slice(prefix);
        let (engine, origin, newest) = (engine()?, prefix.clone(), Newest::default());
        let plugged = plug_ins.map(Plugged::new);
        Ok(Self { memory: Arc::new(memory), engine, given: start.into(), reader_taken: false, plugged, origin, newest })
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
        let before = self.shrink()?;
        if let Err(error) = self.write_given() {
            before.into_iter().for_each(|place| self.go_back(place));
            self.restore()?;
            return Err(error);
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
