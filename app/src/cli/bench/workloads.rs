//! The workloads of `motes bench`: the scenes that programs of this kind are compared by, and how right each run was.

use motes_host::{HostError, Simulation};
use motes_scene::Compiled;

/// A scene to be timed.
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

pub(super) enum Scene {
    Preset(&'static str),
    Text(&'static str),
}

/// A number that must not get worse when a run gets faster.
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
        steps: 50,
        accuracy: None,
    },
    Workload {
        name: "simple-16m",
        about: "gravity, drag, bounce; 16,000,000",
        scene: Scene::Text(SIMPLE),
        set: &["fill[0].count=16000000"],
        steps: 5,
        accuracy: None,
    },
    Workload {
        name: "balls-5k",
        about: "balls dropped in a box, hard contact, 4,900; steps of 1/360",
        scene: Scene::Text(BALLS),
        set: &[],
        steps: 720,
        accuracy: Some(Accuracy { name: "mean overlap in radii", of: overlap }),
    },
    Workload {
        name: "balls-20k",
        about: "balls dropped in a box, hard contact, 19,844; steps of 1/360",
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
        steps: 720,
        accuracy: Some(Accuracy { name: "mean overlap in radii", of: overlap }),
    },
    Workload {
        name: "dam-22k",
        about: "dam break, DFSPH, 22,400",
        scene: Scene::Text(DAM),
        set: &[],
        steps: 100,
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
            "neighbors.skin=0.0006",
        ],
        steps: 100,
        accuracy: Some(Accuracy { name: "mean compression", of: compression }),
    },
    Workload {
        name: "dam-wcsph-22k",
        about: "dam break, WCSPH, 22,400",
        scene: Scene::Text(DAM),
        set: &["force[fluid].method=wcsph", "force[fluid].sound_speed=18.7", "neighbors.skin=0.02"],
        steps: 100,
        accuracy: Some(Accuracy { name: "mean compression", of: compression }),
    },
];

/// Balls on a grid that fall into a box, as the peers have them.
const BALLS: &str = include_str!("balls.toml");

/// Mean overlap of all pairs that touch, in radii.
fn overlap(run: &mut Run) -> Result<f64, HostError> {
    let radius = run.scene.parameter("species[0].radius").map_or(0.0, |p| p.values[0]);
    let position = run.simulation.field::<f32>("position")?;
    Ok(motes_host::overlaps(&position, radius).mean)
}

/// A block of water falls apart in a tank.
const DAM: &str = include_str!("dam.toml");

/// Particles that fall, are slowed and bounce in a box.
const SIMPLE: &str = include_str!("simple.toml");

fn drift(run: &mut Run) -> Result<f64, HostError> {
    let sums = run.simulation.diagnose()?;
    Ok((sums.kinetic + sums.potential - run.energy) / f64::from(run.scene.particle_count))
}

/// Mean of how much denser than at rest the particles are.
fn compression(run: &mut Run) -> Result<f64, HostError> {
    let density = run.simulation.field::<f32>("density")?;
    Ok(density.iter().map(|c| f64::from(*c - 1.0).max(0.0)).sum::<f64>() / density.len().max(1) as f64)
}
