//! Time that a call into somebody else's code may take: the engine's epoch moves with a clock, and code that is still running at its deadline is ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wasmtime::{Engine, Error, Store, Trap};

/// Time that one call may take.
const BUDGET: Duration = Duration::from_secs(2);
/// Time between two ticks.
const TICK: Duration = Duration::from_millis(10);

/// Moves an engine's epoch as long as somebody has it. Whoever works in one engine shares its clock: two would go twice as fast.
pub(crate) struct Clock {
    engine: Engine,
    quit: Arc<AtomicBool>,
}

impl Clock {
    /// A new engine, and its clock.
    pub(crate) fn start() -> Result<Arc<Self>, String> {
        let engine = crate::wasm::engine(true)?;
        let quit = Arc::new(AtomicBool::new(false));
        let (ticking, stop) = (engine.clone(), Arc::clone(&quit));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                ticking.increment_epoch();
            }
        });
        Ok(Arc::new(Self { engine, quit }))
    }

    /// Whose epoch it moves.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.quit.store(true, Ordering::Relaxed);
    }
}

/// Ticks in a time.
pub(crate) const fn ticks(time: Duration) -> u64 {
    time.as_millis().div_ceil(TICK.as_millis()) as u64
}

/// The next calls have so much time from now on.
pub(crate) fn begin(store: &mut Store<()>) {
    store.set_epoch_deadline(ticks(BUDGET));
}

/// What ended a call, without wasmtime's trace.
pub(crate) fn reason(trap: &Error) -> String {
    match trap.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => format!("it took longer than {} ms", BUDGET.as_millis()),
        Some(trap) => format!("it trapped: {trap}"),
        None => format!("{trap:#}"),
    }
}
