//! Every call on the block of small scenes, few enough steps for an interpreter: `cargo xtask test --full miri` watches these for reads
//! and writes outside the block, misaligned ones, aliased ones, and races between threads.

mod support;

use motes_host::{HostError, Simulation};
use motes_physics::Status;
use motes_physics::distributions::Distribution;
use motes_physics::layout::Header;
use support::{preset, scene, start};

/// All that a host does with a simulation, and the hash that it ends with.
fn every_call(simulation: &mut Simulation) -> Result<u64, HostError> {
    simulation.step(2)?;
    simulation.checkpoint()?;
    simulation.step(2)?;
    let ahead = simulation.hash()?;
    simulation.restore()?;
    simulation.step(2)?;
    assert_eq!(simulation.hash()?, ahead, "a restored run goes on with the same bits");
    let count = simulation.header()?.particle_count as usize;
    let mut reader = simulation.frames().expect("the first reader");
    for _ in 0..3 {
        simulation.publish()?;
        let frame = reader.take().expect("a fresh frame");
        assert_eq!(frame.values.len(), 4 * frame.descriptor.particle_count as usize);
        assert!(frame.values.iter().all(|x| x.is_finite()));
    }
    assert!(simulation.diagnose()?.kinetic >= 0.0);
    assert!(simulation.distribution(Distribution::Speed, 10.0)?.iter().all(|n| n.is_finite()));
    let velocity = simulation.field::<f32>("velocity")?;
    assert_eq!(velocity.len(), 3 * count);
    simulation.set_field("velocity", &velocity)?;
    simulation.set_field("velocity", &[velocity.as_slice(), &[1.0; 9]].concat())?;
    assert_eq!(simulation.field::<f32>("velocity")?, velocity, "what is beyond the end of a field is left out");
    assert!(simulation.field::<f32>("no such field")?.is_empty());
    simulation.set_slot(u32::MAX - 7, 1.0)?;
    assert_eq!(simulation.hash()?, ahead);
    Ok(ahead)
}

fn keeps_to_the_block(name: &str, overrides: &[&str]) {
    let compiled = preset(name, overrides);
    let [one, two] = [1, 2].map(|threads| every_call(&mut start(&compiled, threads)).unwrap_or_else(|e| panic!("{name}: {e}")));
    assert_eq!(one, two, "{name}");
}

#[test]
fn flight_and_walls() {
    keeps_to_the_block("marbles", &["fill[0].count=40"]);
}

#[test]
fn cells_order_and_lists() {
    let small = ["fill[0].cells=[2,2,2]", "fill[0].max=[3.36,3.36,3.36]", "domain.max=[3.36,3.36,3.36]", "force[0].cutoff=1.25", "neighbors.skin=0.2"];
    keeps_to_the_block("crystal", &small);
}

#[test]
fn emitters_and_ages() {
    let jets = [0, 1, 2].map(|k| [format!("emitter[{k}].rate=300"), format!("emitter[{k}].lifetime=0.05")]);
    keeps_to_the_block("fountain", &jets.iter().flatten().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn contact() {
    keeps_to_the_block("ball-pit", &["fill[0].cells=[2,2,2]", "fill[1].cells=[3,1,3]"]);
}

#[test]
fn edges() {
    keeps_to_the_block("net", &["fill[0].cells=[4,1,4]", "constraint[0].iterations=2"]);
}

#[test]
fn a_damaged_block_is_refused() {
    let whole = scene(motes_scene::preset("marbles").expect("the preset").text, &["fill[0].count=3"]);
    let fields = std::mem::offset_of!(Header, field_count);
    let every = if cfg!(miri) { 64 } else { 4 };
    for at in (0..size_of::<Header>()).step_by(every).chain([fields]) {
        let mut damaged = whole.clone();
        damaged.prefix[at..at + 4].copy_from_slice(&[0xff; 4]);
        match Simulation::new(&damaged, 1).and_then(|mut simulation| simulation.step(1)) {
            Ok(()) => {}
            Err(HostError::Fault { fault, .. }) => assert_ne!(fault.status, Status::Ok),
            Err(error) => panic!("word {at}: {error}"),
        }
    }
}
