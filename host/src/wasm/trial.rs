//! A new build of the physics before it may touch a run: what it imports and exports, who it says it is, and some steps on a copy of
//! the block, within a budget of time. `web/swap.js` does the same.

use super::patch::custom_section;
use super::{Modules, Physics};
use crate::budget::ticks;
use crate::memory::Memory;
use crate::plug_ins::PlugIns;
use motes_physics::Status;
use motes_physics::codegen::{IMPORTS, SECTION, description, differences, exports};
use motes_physics::layout::map::BLOCK_BASE;
use motes_physics::layout::{ABI_VERSION, LAYOUT_HASH};
use std::sync::mpsc::channel;
use std::time::Duration;
use wasmtime::{ExternType, Val};

/// Largest module that is looked at.
const MOST_BYTES: usize = 8 << 20;

/// How a new build is tried.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// Steps that it must make.
    pub steps: u32,
    /// Time that it may take for them.
    pub budget: Duration,
}

impl Default for Trial {
    fn default() -> Self {
        Self { steps: 16, budget: Duration::from_secs(2) }
    }
}

/// Everything that keeps a module from being physics, or nothing.
fn complaints(module: &wasmtime::Module) -> Vec<String> {
    let imports: Vec<String> = module.imports().map(|import| format!("{}.{}", import.module(), import.name())).collect();
    let foreign = imports.iter().filter(|name| !IMPORTS.contains(&name.as_str())).map(|name| format!("imports {name}, which physics is not given"));
    let no_memory = (!imports.iter().any(|name| name == "env.memory")).then(|| "does not import env.memory".to_owned());
    let wanted = exports().filter(|name| module.get_export(name).is_none()).map(|name| format!("has no {name}"));
    let memories = module.exports().filter(|export| matches!(export.ty(), ExternType::Memory(_)));
    let owned = memories.map(|export| format!("exports the memory {}; the host owns memory", export.name()));
    foreign.chain(no_memory).chain(wanted).chain(owned).collect()
}

/// What tells a build from this program's, by what its functions answered.
fn misfit(abi: u64, layout: u64, physics: &[u8]) -> Result<(), String> {
    if abi != u64::from(ABI_VERSION) {
        return Err(format!("the module speaks version {abi} of the ABI, this host version {ABI_VERSION}"));
    }
    if layout != LAYOUT_HASH {
        let theirs = custom_section(physics, SECTION).and_then(|section| std::str::from_utf8(section).ok());
        let differences = theirs.map_or_else(String::new, |theirs| format!(": {}", differences(&description(), theirs)));
        return Err(format!("the module was built for another layout of the block ({layout:#018x}; this one is {LAYOUT_HASH:#018x}){differences}"));
    }
    Ok(())
}

/// Runs the module on a copy of the block.
pub(crate) fn attempt(physics: &[u8], sync: &[u8], block: &[u8], trial: Trial) -> Result<(), String> {
    check_size(physics)?;
    // Code that can be stopped is slower, so only the trial has it.
    let modules = Modules::compile_for_trial(physics, sync)?;
    let (done, over) = channel::<()>();
    let engine = modules.engine.clone();
    let watch = std::thread::spawn(move || {
        if over.recv_timeout(trial.budget).is_err_and(|end| end == std::sync::mpsc::RecvTimeoutError::Timeout) {
            engine.increment_epoch();
        }
    });
    let result = on_copy(&modules, physics, block, None, trial);
    drop(done);
    let _ = watch.join();
    result
}

/// Tries modules of the run's own engine, which may be stopped, with copies of its plug-ins' data.
pub(super) fn attempt_with(plug_ins: &PlugIns, modules: &Modules, physics: &[u8], block: &[u8], trial: Trial) -> Result<(), String> {
    let modules = Modules { deadline: ticks(trial.budget).max(1), ..modules.clone() };
    on_copy(&modules, physics, block, Some(plug_ins), trial)
}

/// Refuses what is too large to be looked at.
pub(super) fn check_size(physics: &[u8]) -> Result<(), String> {
    let fits = physics.len() <= MOST_BYTES;
    if fits { Ok(()) } else { Err(format!("the module has {} bytes; at most {MOST_BYTES} are taken", physics.len())) }
}

fn on_copy(modules: &Modules, physics: &[u8], block: &[u8], plug_ins: Option<&PlugIns>, trial: Trial) -> Result<(), String> {
    let complaints = complaints(&modules.first);
    if !complaints.is_empty() {
        return Err(format!("this is no physics module: it {}", complaints.join("; it ")));
    }
    let bytes = plug_ins.map_or(block.len() as u64, PlugIns::bytes);
    let memory = modules.memory(bytes).ok_or("there is no memory for a copy of the block, on which it would be tried")?;
    let mut copy = Memory::in_wasm(&memory);
    copy.bytes_mut()[..block.len()].copy_from_slice(block);
    let plug_ins = plug_ins.map(|plug_ins| plug_ins.beside_on(&memory)).transpose()?;
    let failed = |reason: String| format!("the new module failed: {reason}");
    let mut tried = Physics::new(modules, &memory, 0, plug_ins.as_ref()).map_err(failed)?;
    misfit(tried.call("motes_abi_version", &[]).map_err(failed)?, tried.call("motes_layout_hash", &[]).map_err(failed)?, physics)?;
    steps(&mut tried, plug_ins.as_deref(), &mut copy.bytes_mut()[..block.len()], trial)
}

fn steps(physics: &mut Physics, plug_ins: Option<&PlugIns>, block: &mut [u8], trial: Trial) -> Result<(), String> {
    let arguments = [BLOCK_BASE, 1, 1].map(|n| Val::I32(n as i32));
    for step in 1..=trial.steps {
        let failed = |reason: &str| format!("the new module failed at step {step} of its trial: {reason}");
        let status = physics.call("motes_step", &arguments);
        if let Some((number, reason)) = plug_ins.and_then(PlugIns::take_failure) {
            let file = plug_ins.and_then(|plug_ins| plug_ins.get(number)).map_or("a plug-in", |loaded| &loaded.plug_in.file);
            return Err(failed(&format!("{file}: {reason}")));
        }
        match status {
            Err(trap) if trap.contains("interrupt") => {
                return Err(format!("the new module took longer than {} ms for step {step} of its trial and those before", trial.budget.as_millis()));
            }
            Err(trap) => return Err(failed(&format!("it trapped: {trap}"))),
            Ok(status) if status != Status::Ok as u64 => {
                let name = Status::ALL.iter().find(|(known, _)| *known as u64 == status).map_or("an unknown status", |(_, name)| name);
                return Err(failed(name));
            }
            Ok(_) => {}
        }
        if let Some(name) = not_finite(block)? {
            return Err(failed(&format!("it left a {name} that is not a finite number")));
        }
    }
    Ok(())
}

/// The array that holds a number that is none, if there is one.
fn not_finite(bytes: &mut [u8]) -> Result<Option<&'static str>, String> {
    let block = crate::memory::view(bytes).map_err(|status| format!("the new module damaged the block: {status:?}"))?;
    Ok(["position", "velocity"].into_iter().find(|name| block.take::<f32>(name).iter().any(|x| !x.is_finite())))
}
