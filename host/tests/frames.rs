//! Frames are whole and in order, however fast they are published.

mod support;

use motes_physics::frames::checksum;
use motes_physics::layout::{FLAG_CHECKSUM, Header};
use std::sync::atomic::{AtomicBool, Ordering};
use support::{preset, start};

/// Frames to take; the long form takes 100,000.
fn frames_to_take() -> usize {
    if std::env::var_os("MOTES_FULL").is_some() { 100_000 } else { 5_000 }
}

#[test]
fn no_frame_is_torn() {
    let mut compiled = preset("marbles", &["fill[0].count=3000"]);
    let flags = std::mem::offset_of!(Header, flags);
    compiled.prefix[flags] |= FLAG_CHECKSUM as u8;
    let mut simulation = start(&compiled, 2);
    let mut reader = simulation.frames().expect("the first reader");
    assert!(simulation.frames().is_none(), "there is one reader");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                simulation.step(1).unwrap();
                simulation.publish().unwrap();
            }
        });
        let (mut taken, mut last) = (0, 0);
        while taken < frames_to_take() {
            let Some(frame) = reader.take() else {
                std::thread::yield_now();
                continue;
            };
            assert!(frame.descriptor.frame_number > last, "frame numbers rise");
            assert_eq!(checksum(frame.values, 0..3000), frame.descriptor.checksum, "frame {} is torn", frame.descriptor.frame_number);
            last = frame.descriptor.frame_number;
            taken += 1;
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_frame_shows_the_state() {
    let mut simulation = start(&preset("marbles", &["fill[0].count=1000"]), 1);
    simulation.step(100).unwrap();
    simulation.publish().unwrap();
    let mut reader = simulation.frames().expect("the first reader");
    let (position, velocity) = (simulation.field::<f32>("position").unwrap(), simulation.field::<f32>("velocity").unwrap());
    let frame = reader.take().expect("a fresh frame");
    assert_eq!(frame.descriptor.step, 100);
    for (i, row) in frame.values.chunks(4).enumerate() {
        assert_eq!(row[..3], position[3 * i..3 * i + 3]);
        let v = &velocity[3 * i..3 * i + 3];
        assert!((row[3] - (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()).abs() < 1e-5);
        assert!((frame.descriptor.scalar_min..=frame.descriptor.scalar_max).contains(&row[3]));
    }
    assert!(reader.take().is_none(), "a frame is taken once");
}
