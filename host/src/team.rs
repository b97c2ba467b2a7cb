//! The team of a native run: a rayon pool of its own.

use motes_physics::simd::Isa;
use motes_physics::team::{Serial, Team};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// A number of threads.
pub struct Threads {
    pool: Option<rayon::ThreadPool>,
    isa: Isa,
}

impl Threads {
    /// A pool of `count` threads; 1 uses the calling thread and no pool.
    pub fn new(count: u32) -> Result<Self, rayon::ThreadPoolBuildError> {
        let count = count.max(1);
        let pool =
            if count == 1 { None } else { Some(rayon::ThreadPoolBuilder::new().num_threads(count as usize).thread_name(|i| format!("motes-{i}")).build()?) };
        Ok(Self { pool, isa: Isa::widest() })
    }
}

impl Team for Threads {
    fn run(&self, count: u32, body: &(dyn Fn(u32) + Sync)) {
        match &self.pool {
            Some(pool) if count > 1 => pool.install(|| (0..count).into_par_iter().for_each(body)),
            _ => Serial.run(count, body),
        }
    }

    fn isa(&self) -> Isa {
        self.isa
    }
}
