//! Frames of a run: each coordinate within the error, whatever moves, and nothing but what was written is read.

mod support;

use motes_host::{RecordingError, RecordingReader, RecordingWriter, Simulation};
use motes_recorder::Trouble;
use motes_scene::Compiled;
use std::collections::HashMap;
use support::{preset, scene, start};

/// Species and position of all that live, by identity.
type Living = HashMap<u32, (u32, [f64; 3])>;

/// Those of the present state.
fn living(simulation: &mut Simulation) -> Living {
    let (position, low) = (simulation.field::<f32>("position").unwrap(), simulation.field::<f32>("position_low").unwrap());
    let (id, species, age) = (simulation.field::<u32>("id").unwrap(), simulation.field::<u32>("species").unwrap(), simulation.field::<f32>("age").unwrap());
    let at = |row: usize, k: usize| f64::from(position[3 * row + k]) + low.get(3 * row + k).map_or(0.0, |low| f64::from(*low));
    let alive = (0..id.len()).filter(|row| age.get(*row).is_none_or(|age| *age >= 0.0));
    alive.map(|row| (id[row], (species[row], [at(row, 0), at(row, 1), at(row, 2)]))).collect()
}

/// A recording of a run, and what was in each frame.
fn record(scene: &Compiled, frames: u32, every: u32, error: f64) -> (Vec<u8>, Vec<Living>) {
    let mut simulation = start(scene, 2);
    let mut writer = RecordingWriter::new(scene, error);
    let (mut bytes, mut truth) = (writer.head().unwrap(), Vec::new());
    for _ in 0..frames {
        bytes.extend_from_slice(writer.frame(&mut simulation).unwrap());
        truth.push(living(&mut simulation));
        simulation.step(every).unwrap();
    }
    (bytes, truth)
}

/// Reads all of it.
fn read(bytes: &[u8]) -> Result<Vec<(u64, Living)>, RecordingError> {
    let mut reader = RecordingReader::open(bytes, bytes.len() as u64)?;
    let quantum = reader.head.quantum;
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame()? {
        let particles = frame.particles.iter().map(|p| (p.id, (p.species, p.at.map(|quanta| f64::from(quanta) * quantum)))).collect();
        frames.push((frame.step, particles));
    }
    Ok(frames)
}

#[test]
fn every_coordinate_of_every_frame_is_within_the_error() {
    for (name, overrides) in [
        ("melt", &["fill[0].cells=[4, 4, 4]", "fill[0].max=[6.72, 6.72, 6.72]", "domain.max=[6.72, 6.72, 6.72]"][..]),
        ("fountain", &["emitter[0].rate=60", "emitter[1].rate=30", "emitter[2].rate=30"]),
        ("particle-life", &["fill[0].count=90", "fill[1].count=40", "fill[2].count=0", "fill[3].count=0", "fill[4].count=0", "fill[5].count=0"]),
        ("vicsek", &["fill[0].count=300"]),
        ("marbles", &["fill[0].count=500"]),
        ("galaxies", &["fill[0].count=60", "fill[1].count=60", "fill[2].count=30", "fill[3].count=30"]),
    ] {
        for (error, every, count) in [(1e-3, 1, 40), (1e-2, 40, 5), (1e-6, 7, 5)] {
            let (bytes, truth) = record(&preset(name, overrides), count, every, error);
            let frames = read(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(frames.len(), truth.len());
            for (k, ((step, frame), truth)) in frames.iter().zip(&truth).enumerate() {
                assert_eq!((*step, frame.len()), (k as u64 * u64::from(every), truth.len()), "{name}");
                for (id, (species, at)) in truth {
                    let (read_species, read_at) = frame[id];
                    assert_eq!(read_species, *species, "{name}: species of {id}");
                    let worst = (0..3).map(|k| (at[k] - read_at[k]).abs()).fold(0.0, f64::max);
                    assert!(worst <= error, "{name}, frame {k}, particle {id}: {worst:e} off, {error:e} allowed");
                }
            }
        }
    }
}

#[test]
fn particles_come_and_go() {
    let scene = preset("fountain", &["emitter[0].rate=300", "emitter[1].rate=30", "emitter[2].rate=30"]);
    let mut simulation = start(&scene, 2);
    let mut writer = RecordingWriter::new(&scene, 1e-3);
    let (mut bytes, mut counts) = (writer.head().unwrap(), Vec::new());
    for frame in 0..60 {
        if frame == 25 {
            // Every third dies at once.
            let age: Vec<f32> = simulation.field::<f32>("age").unwrap().iter().enumerate().map(|(k, age)| if k % 3 == 0 { -1.0 } else { *age }).collect();
            simulation.set_field("age", &age).unwrap();
        }
        bytes.extend_from_slice(writer.frame(&mut simulation).unwrap());
        counts.push(living(&mut simulation).len());
        simulation.step(10).unwrap();
    }
    assert!(counts[0] == 0 && counts[25] < counts[24] && counts[59] > counts[26], "they come and go: {counts:?}");
    let read: Vec<usize> = read(&bytes).unwrap().iter().map(|(_, frame)| frame.len()).collect();
    assert_eq!(read, counts);
}

#[test]
fn delta_frames_are_smaller_than_whole_ones() {
    let (bytes, _) = record(&preset("marbles", &["fill[0].count=2000"]), 32, 2, 1e-3);
    let first = u32::from_le_bytes(bytes[header(&bytes)..][..4].try_into().unwrap()) as usize;
    let rest = (bytes.len() - header(&bytes) - 32 - first) / 31;
    assert!(rest * 2 < first, "the first has {first} bytes, the others {rest} on average");
}

/// Bytes of head and names.
fn header(bytes: &[u8]) -> usize {
    96 + (u32::from_le_bytes(bytes[88..92].try_into().unwrap()) as usize).next_multiple_of(8)
}

/// A small recording, with particles that come and go.
fn small() -> Vec<u8> {
    let text = "version = 1\n[[species]]\nname = \"drop\"\n[[force]]\nkind = \"gravity\"\n[[emitter]]\nrate = 200\nlifetime = 0.3\n[[fill]]\nkind = \"random\"\ncount = 5\n";
    record(&scene(text, &["dt=0.01"]), 12, 4, 1e-3).0
}

#[test]
fn a_file_cut_off_anywhere_is_refused_at_that_byte() {
    let bytes = small();
    let whole = read(&bytes).unwrap().len();
    let mut ends = 0;
    for length in 0..bytes.len() {
        match read(&bytes[..length]) {
            // Between two frames nothing is missing that a reader could know of.
            Ok(frames) => {
                ends += 1;
                assert!(frames.len() < whole);
            }
            Err(RecordingError::Trouble(Trouble::Damaged { offset, what })) => {
                assert!(offset <= length as u64, "byte {offset} of {length}: {what}");
            }
            Err(other) => panic!("{length}: {other}"),
        }
    }
    assert_eq!(ends, whole, "one good end behind the head and each frame but the last");
}

#[test]
fn flipped_bits_are_refused_with_an_offset() {
    let bytes = small();
    let mut chance = 7u64;
    for _ in 0..20_000 {
        chance = motes_physics::hash::mix(chance);
        let mut damaged = bytes.clone();
        let at = chance as usize % bytes.len();
        damaged[at] ^= 1 << (chance >> 40 & 7);
        match read(&damaged) {
            Err(RecordingError::Trouble(Trouble::Damaged { offset, .. })) => assert!(offset <= bytes.len() as u64),
            Ok(_) => panic!("byte {at}: nobody noticed"),
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
}

#[test]
fn nonsense_with_a_good_checksum_is_read_without_a_panic() {
    let bytes = small();
    let at = header(&bytes);
    let mut chance = 9u64;
    for _ in 0..5_000 {
        let mut forged = bytes.clone();
        for _ in 0..1 + chance % 5 {
            chance = motes_physics::hash::mix(chance);
            let place = at + 8 + chance as usize % (bytes.len() - at - 8).min(400);
            forged[place] = (chance >> 32) as u8;
        }
        let length = 32 + u32::from_le_bytes(forged[at..at + 4].try_into().unwrap()) as usize;
        forged[at + 4..at + 8].fill(0);
        let sum = motes_recorder::checksum(&forged[at..at + length]);
        forged[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
        let _ = read(&forged);
    }
}

#[test]
fn a_particle_too_far_away_for_the_error_is_named() {
    let scene = preset("marbles", &["fill[0].count=10"]);
    let mut simulation = start(&scene, 1);
    let mut position = simulation.field::<f32>("position").unwrap();
    position[3 * 4] = 1e9;
    simulation.set_field("position", &position).unwrap();
    let error = RecordingWriter::new(&scene, 1e-3).frame(&mut simulation).unwrap_err();
    assert!(error.to_string().contains("particle 4 is too far"), "{error}");
}

#[test]
fn a_frame_that_stands_for_itself_needs_none_before_it() {
    let scene = preset("fountain", &["emitter[0].rate=300", "emitter[1].rate=30", "emitter[2].rate=30"]);
    let (bytes, truth) = record(&scene, 70, 3, 1e-3);
    // The head, and frames from the second on that is told whole.
    let (mut offset, mut wholes) = (header(&bytes), Vec::new());
    while offset < bytes.len() {
        let number = |at: usize| u32::from_le_bytes(bytes[offset + at..][..4].try_into().unwrap());
        if number(28) == 0 {
            wholes.push(offset);
        }
        offset += 32 + number(0) as usize;
    }
    assert!(wholes.len() >= 3, "one of 32 at least");
    let cut = [&bytes[..header(&bytes)], &bytes[wholes[wholes.len() - 1]..]].concat();
    let (whole, tail) = (read(&bytes).unwrap(), read(&cut).unwrap());
    assert!(tail.len() >= 2 && tail.len() < truth.len());
    assert_eq!(&whole[whole.len() - tail.len()..], &tail[..]);
}
