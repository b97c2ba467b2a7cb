//! Runs cases several at a time; each on a thread of its own, so that small scenes wait for nobody.

use super::{Case, CaseError, Finished, Outcome, Setting};
use std::sync::{Mutex, mpsc};
use std::time::Instant;

/// Runs the cases, at most `at_once` at a time, and calls `told` with each as it ends and the seconds that it took. They come back in
/// the order in which they were given.
///
/// # Errors
/// What `told` said; cases that have not begun are left out.
pub fn run_all<E>(
    cases: Vec<Case>,
    setting: &Setting,
    at_once: u32,
    mut told: impl FnMut(&Case, &Result<Outcome, CaseError>, f64) -> Result<(), E>,
) -> Result<Vec<Finished>, E> {
    let mut results: Vec<Option<Result<Outcome, CaseError>>> = cases.iter().map(|_| None).collect();
    let waiting = Mutex::new(cases.iter().enumerate());
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..at_once.max(1) {
            let (sender, waiting) = (sender.clone(), &waiting);
            scope.spawn(move || {
                let next = || waiting.lock().unwrap_or_else(|broken| broken.into_inner()).next();
                while let Some((number, case)) = next() {
                    let clock = Instant::now();
                    let result = (case.run)(setting);
                    if sender.send((number, result, clock.elapsed().as_secs_f64())).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (number, result, seconds) in receiver {
            told(&cases[number], &result, seconds)?;
            results[number] = Some(result);
        }
        Ok(())
    })?;
    let ended = |result: Option<_>| result.unwrap_or_else(|| Err(CaseError::Input("the case broke off".to_owned())));
    Ok(cases.into_iter().zip(results.into_iter().map(ended)).collect())
}
