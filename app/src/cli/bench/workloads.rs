//! The workloads of `motes bench`: the scenes that programs of this kind are compared by, and how right each run was.

use crate::cli::failure::Failure;
use crate::cli::load;
use motes_host::{HostError, Simulation};
use motes_scene::Compiled;

/// A scene to be timed.
#[derive(Clone, Copy)]
pub(super) struct Workload {
    /// What the command line calls it.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) about: &'static str,
    /// A preset, or the text of a scene.
    pub(super) scene: Scene,
    /// Overrides.
    pub(super) set: &'static [&'static str],
    /// Steps of a repetition unless told.
    pub(super) steps: u32,
    /// What says how right the run was.
    pub(super) accuracy: Option<Accuracy>,
}

/// Steps of a preset that is not in the list.
const PRESET_STEPS: u32 = 200;

impl Workload {
    /// A preset as it is.
    pub(super) fn of_preset(name: &'static str) -> Self {
        Workload { name, about: "preset", scene: Scene::Preset(name), set: &[], steps: PRESET_STEPS, accuracy: None }
    }

    /// The scene with its overrides.
    pub(super) fn compile(&self) -> Result<Compiled, Failure> {
        let text = match self.scene {
            Scene::Preset(name) => motes_scene::preset(name).map_or("", |preset| preset.text),
            Scene::Text(text) => text,
        };
        let set: Vec<String> = self.set.iter().map(|s| (*s).to_owned()).collect();
        load::compile_text(text, self.name, &set)
    }
}

#[derive(Clone, Copy)]
pub(super) enum Scene {
    Preset(&'static str),
    Text(&'static str),
}

/// A number that must not get worse when a run gets faster.
#[derive(Clone, Copy)]
pub(super) struct Accuracy {
    pub(super) name: &'static str,
    pub(super) of: fn(&mut Run) -> Result<f64, HostError>,
}

/// A run that has ended.
pub(super) struct Run<'a> {
    pub(super) simulation: &'a mut Simulation,
    pub(super) scene: &'a Compiled,
    /// Total energy before the first step.
    pub(super) energy: f64,
}

/// All of them, in the order of tables.
pub(super) const WORKLOADS: &[Workload] = &[
    Workload {
        name: "melt",
        about: "Lennard-Jones melt, 32,000 atoms",
        scene: Scene::Preset("melt"),
        set: &[],
        steps: 200,
        accuracy: Some(Accuracy { name: "energy drift per atom", of: drift }),
    },
    Workload {
        name: "simple-100k",
        about: "gravity, drag, bounce; 100,000",
        scene: Scene::Text(SIMPLE),
        set: &["fill[0].count=100000"],
        steps: 500,
        accuracy: None,
    },
    Workload {
        name: "simple-1m",
        about: "gravity, drag, bounce; 1,000,000",
        scene: Scene::Text(SIMPLE),
        set: &["fill[0].count=1000000"],
        steps: 200,
        accuracy: None,
    },
    Workload {
        name: "simple-16m",
        about: "gravity, drag, bounce; 16,000,000",
        scene: Scene::Text(SIMPLE),
        set: &["fill[0].count=16000000"],
        steps: 64,
        accuracy: None,
    },
    Workload {
        name: "gravity-direct-10k",
        about: "self-gravity over all pairs, Plummer sphere, 10,000",
        scene: Scene::Text(PLUMMER),
        set: &["fill[0].count=10000", "species[0].mass=1e-4", "force[0].method=direct"],
        steps: 10,
        accuracy: Some(FORCE_ERROR),
    },
    Workload {
        name: "gravity-tree-100k",
        about: "self-gravity by a tree, Plummer sphere, 100,000",
        scene: Scene::Text(PLUMMER),
        set: &[],
        steps: 5,
        accuracy: Some(FORCE_ERROR),
    },
    Workload {
        name: "particle-life-20k",
        about: "particle life in the plane, 50 neighbours each, 20,000",
        scene: Scene::Text(include_str!("scenes/particle-life.toml")),
        set: &[],
        steps: 20,
        accuracy: None,
    },
    Workload {
        name: "boids-20k",
        about: "boids in the plane, 50 neighbours each, 20,000",
        scene: Scene::Text(include_str!("scenes/boids.toml")),
        set: &[],
        steps: 20,
        accuracy: None,
    },
    Workload {
        name: "balls-5k",
        about: "balls dropped in a box, hard contact, 4,900; steps of 1/372",
        scene: Scene::Text(BALLS),
        set: &[],
        steps: 744,
        accuracy: Some(Accuracy { name: "mean overlap in radii", of: overlap }),
    },
    Workload {
        name: "balls-20k",
        about: "balls dropped in a box, hard contact, 19,844; steps of 1/372",
        scene: Scene::Text(BALLS),
        set: &[
            "fill[0].cells=[22, 41, 22]",
            "fill[0].min=[-2.31, 0.15, -2.31]",
            "fill[0].max=[2.53, 9.17, 2.53]",
            "collider[0].min=[-2.47, 0, -2.47]",
            "collider[0].max=[2.47, 40, 2.47]",
            "domain.min=[-2.47, 0, -2.47]",
            "domain.max=[2.47, 10, 2.47]",
        ],
        steps: 744,
        accuracy: Some(Accuracy { name: "mean overlap in radii", of: overlap }),
    },
    Workload {
        name: "dam-22k",
        about: "dam break, DFSPH, 22,400",
        scene: Scene::Text(DAM),
        set: &[],
        steps: 125,
        accuracy: Some(Accuracy { name: "mean compression", of: compression }),
    },
    Workload {
        name: "dam-88k",
        about: "dam break, DFSPH, 88,704",
        scene: Scene::Text(DAM),
        set: &[
            "fill[0].cells=[32, 63, 44]",
            "fill[0].min=[0.016, 0.016, 0.046]",
            "fill[0].max=[1.016, 1.98475, 1.421]",
            "species[0].mass=0.030517578125",
            "force[fluid].support_radius=0.0625",
            "force[fluid].density_error=4.5e-4",
            "neighbors.skin=0.0006",
        ],
        steps: 63,
        accuracy: Some(Accuracy { name: "mean compression", of: compression }),
    },
    Workload {
        name: "dam-wcsph-22k",
        about: "dam break, WCSPH, 22,400",
        scene: Scene::Text(DAM),
        set: &["force[fluid].method=wcsph", "force[fluid].sound_speed=20.5", "neighbors.skin=0.02"],
        steps: 125,
        accuracy: Some(Accuracy { name: "mean compression", of: compression }),
    },
    Workload {
        name: "dam-wcsph-88k",
        about: "dam break, WCSPH, 88,704",
        scene: Scene::Text(DAM),
        set: &[
            "fill[0].cells=[32, 63, 44]",
            "fill[0].min=[0.016, 0.016, 0.046]",
            "fill[0].max=[1.016, 1.98475, 1.421]",
            "species[0].mass=0.030517578125",
            "force[fluid].support_radius=0.0625",
            "force[fluid].method=wcsph",
            "force[fluid].sound_speed=25",
            "neighbors.skin=0.0125",
        ],
        steps: 25,
        accuracy: Some(Accuracy { name: "mean compression", of: compression }),
    },
];

/// Balls on a grid that fall into a box, as the peers have them.
const BALLS: &str = include_str!("scenes/balls.toml");

/// Mean overlap of all pairs that touch, in radii.
fn overlap(run: &mut Run) -> Result<f64, HostError> {
    let radius = run.scene.parameter("species[0].radius").map_or(0.0, |p| p.values[0]);
    let position = run.simulation.field::<f32>("position")?;
    Ok(motes_host::overlaps(&position, radius).mean)
}

/// A block of water falls apart in a tank.
const DAM: &str = include_str!("scenes/dam.toml");

/// Particles that fall, are slowed and bounce in a box.
const SIMPLE: &str = include_str!("scenes/simple.toml");
/// A star cluster in equilibrium.
const PLUMMER: &str = include_str!("scenes/plummer.toml");

const FORCE_ERROR: Accuracy = Accuracy { name: "RMS relative force error", of: force_error };

/// Particles whose forces are summed over all others.
const SAMPLES: usize = 500;

/// Of self-gravity, against the sum over all pairs in `f64`.
fn force_error(run: &mut Run) -> Result<f64, HostError> {
    let number = |path: &str| run.scene.parameter(path).map_or(0.0, |p| p.values[0]);
    let stride = run.scene.particle_count as usize / SAMPLES;
    motes_host::pull_error(run.simulation, number("species[0].mass"), number("force[0].softening"), stride)
}

fn drift(run: &mut Run) -> Result<f64, HostError> {
    let sums = run.simulation.diagnose()?;
    Ok((sums.kinetic + sums.potential - run.energy) / f64::from(run.scene.particle_count))
}

fn compression(run: &mut Run) -> Result<f64, HostError> {
    motes_host::mean_compression(run.simulation)
}
