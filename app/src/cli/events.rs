//! What happens in the middle of `motes run`: another build of the physics, plug-ins, particles; at one step in this order.

use super::failure::Failure;
use super::{engine, load};
use motes_host::{ParticleFile, Simulation};
use motes_scene::growth::Joining;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Options that name what happens.
#[derive(clap::Args)]
#[group(skip)] // It would be named like the struct, as that of the verb is.
pub(crate) struct Arguments {
    /// Go on with another build of physics.wasm from that step on, if it passes a trial on a copy of the block; for --engine wasm. May be given several times.
    #[arg(long, value_name = "FILE@STEP", value_parser = at_step)]
    swap: Vec<AtStep>,
    /// Go on with one more plug-in from that step on, if it can be loaded and does not fail at once; may be given several times.
    #[arg(long, value_name = "FILE@STEP", value_parser = at_step)]
    plug_in_at: Vec<AtStep>,
    /// Let the particles of an XYZ, CSV, PLY or NPY file join at that step; may be given several times.
    #[arg(long, value_name = "FILE@STEP", value_parser = at_step, conflicts_with = "record")]
    add: Vec<AtStep>,
    /// Room that particles may join into where there are plug-ins, in MiB; as many as the block has, 16 to 256, unless told.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(..=4096))]
    reserve: Option<u64>,
}

/// A file, and when to take it.
#[derive(Clone, Debug)]
struct AtStep {
    file: PathBuf,
    step: u64,
}

fn at_step(text: &str) -> Result<AtStep, String> {
    let (file, step) = text.rsplit_once('@').ok_or("write the file, then @ and the step, for example more.xyz@500")?;
    let step = step.parse().map_err(|_| format!("{step} is no number of a step"))?;
    Ok(AtStep { file: file.into(), step })
}

impl Arguments {
    /// Files of plug-ins that come in later.
    pub(crate) fn plug_ins(&self) -> Vec<&Path> {
        self.plug_in_at.iter().map(|at| at.file.as_path()).collect()
    }

    /// Bytes that are kept behind the block, if told.
    pub(crate) fn reserve(&self) -> Option<u64> {
        self.reserve.map(|mebibytes| mebibytes << 20)
    }
}

/// Kinds of events, in the order in which those of one step happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Swap,
    PlugIn,
    Add,
}

/// What is still to happen in a run.
pub(crate) struct Events<'a> {
    engine: &'a engine::Arguments,
    sources: load::Sources,
    species: &'a [String],
    /// Step, kind and file of each, in their order.
    due: VecDeque<(u64, Kind, &'a Path)>,
    /// What was not taken so far, with the reasons.
    pub(crate) refused: Vec<Failure>,
}

impl<'a> Events<'a> {
    /// Those of a run of so many steps.
    pub(crate) fn new(arguments: &'a Arguments, engine: &'a engine::Arguments, sources: load::Sources, species: &'a [String], steps: u64) -> Self {
        let kinds = [(Kind::Swap, &arguments.swap), (Kind::PlugIn, &arguments.plug_in_at), (Kind::Add, &arguments.add)];
        let all = kinds.into_iter().flat_map(|(kind, wanted)| wanted.iter().map(move |at| (at.step, kind, at.file.as_path())));
        let mut due: Vec<_> = all.filter(|(step, ..)| *step <= steps).collect();
        due.sort_by_key(|(step, kind, _)| (*step, *kind));
        Self { engine, sources, species, due: due.into(), refused: Vec::new() }
    }

    /// Steps from this one to the next event.
    pub(crate) fn until(&self, done: u64) -> u64 {
        self.due.front().map_or(u64::MAX, |(step, ..)| step - done)
    }

    /// Everything that is due after so many steps. What is refused costs the run nothing, but for particles, without which it would be another.
    pub(crate) fn happen(&mut self, simulation: &mut Simulation, done: u64) -> Result<(), Failure> {
        while let Some((step, kind, file)) = self.due.pop_front_if(|(step, ..)| *step == done) {
            let refused = match kind {
                Kind::Swap => self.engine.swap(simulation, file).err(),
                Kind::PlugIn => self.plug_in(simulation, file).err(),
                Kind::Add => {
                    add(simulation, file, self.species)?;
                    None
                }
            };
            self.refused.extend(refused.map(|reason| Failure::Refused { module: file.display().to_string(), step, reason }));
        }
        Ok(())
    }

    fn plug_in(&mut self, simulation: &mut Simulation, file: &Path) -> Result<(), String> {
        let (sources, scene) = self.sources.with(file)?;
        simulation.go_on_with(&scene).map_err(|error| error.to_string())?;
        self.sources = sources;
        Ok(())
    }
}

/// Lets the particles of a file join; ids of its own are not taken.
fn add(simulation: &mut Simulation, path: &Path, species: &[String]) -> Result<(), Failure> {
    let mut file = ParticleFile::open(path, Box::new(|_, _| {})).map_err(Failure::Particles)?;
    simulation.has_room_for(file.outline().count)?;
    let rows = file.particles(species).map_err(Failure::Particles)?;
    let joining = Joining { position: &rows.position, velocity: &rows.velocity, species: &rows.species };
    simulation.add(joining, &rows.position_low)?;
    Ok(())
}
