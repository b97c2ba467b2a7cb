//! Time that a call into somebody else's code may take: the engine's epoch moves with a clock, and code that is still running at its deadline is ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wasmtime::{Engine, Error, Store, Trap};

/// Time that one call may take.
const BUDGET: Duration = Duration::from_secs(2);
/// Time between two looks at the clock.
const TICK: Duration = Duration::from_millis(10);
/// Ticks of a budget.
const TICKS: u64 = BUDGET.as_millis() as u64 / TICK.as_millis() as u64;

/// Moves an engine's epoch as long as it lives.
pub(crate) struct Clock {
    quit: Arc<AtomicBool>,
}

impl Clock {
    pub(crate) fn start(engine: &Engine) -> Self {
        let quit = Arc::new(AtomicBool::new(false));
        let (engine, stop) = (engine.clone(), Arc::clone(&quit));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                engine.increment_epoch();
            }
        });
        Self { quit }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.quit.store(true, Ordering::Relaxed);
    }
}

/// The next calls have so much time from now on.
pub(crate) fn begin(store: &mut Store<()>) {
    store.set_epoch_deadline(TICKS);
}

/// What ended a call, without wasmtime's trace.
pub(crate) fn reason(trap: &Error) -> String {
    match trap.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => format!("it took longer than {} ms", BUDGET.as_millis()),
        Some(trap) => format!("it trapped: {trap}"),
        None => format!("{trap:#}"),
    }
}
