//! The voice on a ring of events that the test writes: it waits and counts, comes back, drops what is too much, and repeats its bits.

use bytemuck::Zeroable;
use motes_sound::ring::{self, ENTRIES, Entry, Kind, RING_WORDS};
use motes_sound::shared::{self, BED, CONTROL, CROWDED, FACTOR, LATENCY, PATIENCE, SKIPPED, STRUCK, UNDERRUNS, Words};
use motes_sound::voice::{NOTES, Voice};
use std::sync::atomic::AtomicU32;

const RATE: f32 = 48_000.0;
const FRAMES: usize = 128;
/// Seconds of a call.
const CALL: f64 = FRAMES as f64 / RATE as f64;

/// A room, a voice, and what it rendered last.
struct Bench {
    words: Box<[AtomicU32]>,
    voice: Voice,
    left: [f32; FRAMES],
    right: [f32; FRAMES],
}

impl Bench {
    fn new(settings: &[(usize, f32)]) -> Self {
        let words: Box<[AtomicU32]> = (0..CONTROL + RING_WORDS).map(|_| AtomicU32::new(0)).collect();
        shared::open(&*words, 0, RATE);
        settings.iter().for_each(|(word, value)| words.store(*word, value.to_bits()));
        ring::push(&*words, &Entry::of(Kind::Start, 0.0, 0.0));
        Bench { words, voice: Voice::zeroed(), left: [0.0; FRAMES], right: [0.0; FRAMES] }
    }

    fn mark(&self, time: f64) {
        ring::push(&*self.words, &Entry::of(Kind::Mark, time, 0.5));
    }

    fn strike(&self, time: f64, level: f32) -> bool {
        ring::push(&*self.words, &Entry { time, kind: Kind::Strike, level, pan: 0.0, pitch: 1.0 })
    }

    /// The next frames; the greatest of them.
    fn render(&mut self) -> (bool, f32) {
        let played = self.voice.render(&*self.words, &mut self.left, &mut self.right);
        (played, self.left.iter().chain(&self.right).fold(0.0, |most, x| most.max(x.abs())))
    }

    fn counter(&self, word: usize) -> u32 {
        self.words.load(word)
    }
}

#[test]
fn a_run_that_stands_leaves_silence_and_is_counted_and_comes_back() {
    for factor in [1.0, 0.0] {
        let mut bench = Bench::new(&[(FACTOR, factor), (LATENCY, 0.02)]);
        let mut now = 0.0;
        let mut run = |bench: &mut Bench, calls: u32| {
            for _ in 0..calls {
                now += CALL;
                bench.strike(now - CALL / 2.0, 0.5);
                bench.mark(now);
                bench.render();
            }
            bench.render().1
        };
        assert!(run(&mut bench, 200) > 0.01, "factor {factor}: it sounds");
        let before = bench.counter(UNDERRUNS);
        // Three seconds without a word from the run.
        let silent = (0..1125).map(|_| bench.render()).last().unwrap();
        assert_eq!(silent, (false, 0.0), "factor {factor}: silence, to the last bit");
        let missed = bench.counter(UNDERRUNS) - before;
        assert!((850..=1125).contains(&missed), "factor {factor}: {missed} underruns");
        let struck = bench.counter(STRUCK);
        assert!(run(&mut bench, 200) > 0.01 && bench.counter(STRUCK) > struck + 150, "factor {factor}: it comes back");
    }
}

#[test]
fn the_own_pace_of_a_run_is_found_without_underruns() {
    // Bursts of 4 steps every 6 calls, as a page makes them; then half as fast.
    let mut bench = Bench::new(&[(FACTOR, 0.0), (LATENCY, 0.15)]);
    let mut now = 0.0;
    for step in [0.002, 0.001] {
        for call in 0..2000 {
            if call % 6 == 0 {
                (0..4).for_each(|_| {
                    now += step;
                    bench.mark(now);
                });
            }
            let before = bench.counter(UNDERRUNS);
            bench.render();
            assert!(call < 100 || bench.counter(UNDERRUNS) == before, "an underrun in call {call}");
        }
        let behind = bench.words.number(shared::BEHIND);
        assert!((behind - 0.15).abs() < 0.03, "{behind} s behind");
    }
}

#[test]
fn what_is_too_much_is_dropped_and_counted() {
    let mut bench = Bench::new(&[(PATIENCE, 1.0)]);
    bench.render();
    let fitted = (0..2 * ENTRIES).filter(|k| bench.strike(f64::from(*k) * 1e-4, 0.5)).count();
    assert!(fitted as u32 <= ENTRIES && fitted as u32 >= ENTRIES - 1, "{fitted} of {ENTRIES}");
    // No room for a mark: nothing may be played, and nothing breaks.
    bench.mark(5.0);
    assert!(!bench.render().0);

    let mut bench = Bench::new(&[(PATIENCE, 1.0), (LATENCY, 0.1)]);
    bench.render();
    (0..1000).for_each(|k| _ = bench.strike(f64::from(k) * 1e-3, 0.5));
    bench.mark(5.0);
    assert!(bench.render().0);
    assert_eq!(bench.counter(SKIPPED), 1000, "five seconds behind, and one is allowed");

    // All at once: as many as there are places, then the louder ones take the places of the fainter.
    let mut bench = Bench::new(&[]);
    (0..NOTES + 10).for_each(|_| _ = bench.strike(0.0, 0.5));
    (0..5).for_each(|_| _ = bench.strike(0.0, 0.9));
    bench.mark(1.0);
    bench.render();
    assert_eq!((bench.counter(STRUCK), bench.counter(CROWDED)), (NOTES as u32 + 5, 10));
}

#[test]
fn a_note_has_its_pitch_begins_in_time_and_fades() {
    let mut bench = Bench::new(&[(BED, 0.0)]);
    // In the middle of the second call.
    bench.strike(1.5 * CALL, 0.8);
    bench.mark(2.0);
    let frames: Vec<f32> = (0..375).flat_map(|_| (bench.render(), bench.left).1).collect();
    let begin = frames.iter().position(|x| *x != 0.0).unwrap();
    assert!((192..=194).contains(&begin), "frame {begin}");
    // Half a second in, the second mode is gone: zero crossings tell the first.
    let crossings = frames[24_000..36_000].windows(2).filter(|pair| pair[0] <= 0.0 && pair[1] > 0.0).count();
    assert!(crossings.abs_diff(130) <= 1, "{crossings} periods in a quarter of a second of 520 Hz");
    let loudest = |range: std::ops::Range<usize>| frames[range].iter().fold(0.0f32, |most, x| most.max(x.abs()));
    let fade = loudest(24_000..25_000) / loudest(12_000..13_000);
    assert!((fade - (-1.0f32).exp()).abs() < 0.02, "to {fade} within a quarter of a second");
}

#[test]
fn counts_may_wrap_and_entries_come_out_as_they_went_in() {
    let bench = Bench::new(&[]);
    for number in [u32::MAX - 1, u32::MAX, 0, 1] {
        bench.words.store(shared::WRITTEN, number);
        bench.words.store(shared::TAKEN, number);
        let entry = Entry { time: -1.25e-7, kind: Kind::Strike, level: 0.3, pan: -0.7, pitch: 1.3 };
        assert!(ring::push(&*bench.words, &entry));
        assert_eq!(ring::peek(&*bench.words, number), entry);
        assert_eq!(ring::room(&*bench.words), ENTRIES - 1);
    }
}
