//! Error against speed of self-gravity in a Plummer sphere with softening 0.01.
//!
//! `cargo run --release -p motes-host --example gravity -- 100000 avx2 tree 1 0.5 0.7` prints a line for each opening angle: the RMS of the
//! relative force error against a sum in `f64` over 5000 particles, million particle-steps per second of CPU (of wall time with more threads
//! than one; the best of five), and the share of each stage.

use motes_host::{Simulation, Threads};
use motes_physics::simd::Isa;
use motes_scene::{Options, compile};
use std::time::{Duration, Instant};

const SCENE: &str = "version = 1\nseed = 3\ndt = 0.001\n[domain]\nmin = [-3, -3, -3]\nmax = [3, 3, 3]\n[[species]]\n[[force]]\nkind = \"self-gravity\"\nsoftening = 0.01\n[[fill]]\nkind = \"plummer\"\n";
const REPEAT: u32 = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, isa, method, threads, openings @ ..] = &arguments[..] else {
        return eprintln!("usage: gravity COUNT ISA tree|direct THREADS OPENING...");
    };
    let (count, threads): (usize, u32) = (count.parse().expect("a number of particles"), threads.parse().expect("a number of threads"));
    let isa = Isa::available().into_iter().find(|i| i.name() == isa).expect("an instruction set of this processor");
    let mut want = Vec::new();
    for opening in openings {
        let overrides = vec![
            format!("species[0].mass={}", 1.0 / count as f64),
            format!("fill[0].count={count}"),
            format!("force[0].method={method}"),
            format!("force[0].opening={opening}"),
        ];
        let scene = compile(SCENE, &Options { overrides, ..Options::default() }).expect("a good scene");
        let pool = Threads::new(threads).expect("threads").with_isa(isa).profiled();
        let mut simulation = Simulation::with_threads(&scene, pool).expect("a simulation");
        if want.is_empty() {
            want = exact(&mut simulation);
        }
        let error = error(&mut simulation, &want);
        let steps = (200_000 / count).max(1) as u32;
        simulation.take_profile();
        let best = (0..REPEAT).map(|_| time(threads, || simulation.step(steps).expect("steps"))).fold(f64::MAX, f64::min);
        let spent = simulation.take_profile();
        let all: Duration = spent.iter().map(|(_, time)| *time).sum();
        let share: Vec<String> = spent.iter().map(|(name, time)| format!("{name} {:.1} %", 100.0 * time.as_secs_f64() / all.as_secs_f64())).collect();
        println!("opening {opening}: error {error:.2e}, {:.3} M/s; {}", count as f64 * f64::from(steps) / best / 1e6, share.join(", "));
    }
}

/// Seconds that the work takes: of the processor's time on one thread where the system tells, by the clock otherwise.
fn time(threads: u32, work: impl FnOnce()) -> f64 {
    let spent = || std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse::<f64>().ok().map(|ns| ns * 1e-9);
    let (clock, before) = (Instant::now(), spent());
    work();
    match (before, spent()) {
        (Some(before), Some(after)) if threads == 1 => after - before,
        _ => clock.elapsed().as_secs_f64(),
    }
}

fn stride(count: usize) -> usize {
    (count / 5000).max(1)
}

/// Accelerations of every so manyth particle by the sum over all pairs in `f64`.
fn exact(simulation: &mut Simulation) -> Vec<[f64; 3]> {
    let (high, low) = (simulation.field::<f32>("position").expect("positions"), simulation.field::<f32>("position_low").expect("positions"));
    let at: Vec<f64> = high.iter().zip(low.iter().chain(std::iter::repeat(&0.0))).map(|(h, l)| f64::from(*h) + f64::from(*l)).collect();
    let count = at.len() / 3;
    let of = |i: usize| {
        at.chunks_exact(3).fold([0.0; 3], |sum: [f64; 3], x| {
            let d: [f64; 3] = std::array::from_fn(|k| x[k] - at[3 * i + k]);
            let r2 = d.iter().map(|c| c * c).sum::<f64>() + 1e-4;
            std::array::from_fn(|k| sum[k] + d[k] / (r2 * r2.sqrt()) / count as f64)
        })
    };
    (0..count).step_by(stride(count)).map(of).collect()
}

/// Root mean square of the relative error of forces.
fn error(simulation: &mut Simulation, want: &[[f64; 3]]) -> f64 {
    let force = simulation.field::<f32>("force").expect("forces");
    let count = force.len() / 3;
    let of = |(n, want): (usize, &[f64; 3])| {
        let error: f64 = (0..3).map(|k| f64::from(force[3 * n * stride(count) + k]) * count as f64 - want[k]).map(|d| d * d).sum();
        error / want.iter().map(|c| c * c).sum::<f64>()
    };
    (want.iter().enumerate().map(of).sum::<f64>() / want.len() as f64).sqrt()
}
