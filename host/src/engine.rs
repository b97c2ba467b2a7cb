//! What runs physics on a block: the crate that is linked in, or physics.wasm. The calls and their bits are the same.

use crate::memory::Memory;
use crate::plug_ins::PlugIns;
use crate::simulation::HostError;
use crate::team::Threads;
use motes_physics::block::Block;
use motes_physics::distributions::Distribution;
use motes_physics::{Fault, checkpoint, migrate, run};
use motes_scene::Compiled;
use std::sync::Arc;
use std::time::Duration;

/// A call of physics, as the C ABI has it.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    Init,
    Step(u32),
    Publish,
    Diagnose,
    Distribution(Distribution, f64),
    Hash,
    Checkpoint,
    Restore,
}

/// Who carries calls out.
pub(crate) enum Engine {
    Native(Threads),
    #[cfg(feature = "wasm-engine")]
    Wasm(crate::wasm::WasmTeam),
}

/// The plug-ins that a memory is made for.
pub(crate) enum Plugs<'a> {
    None,
    /// Those of a run, with their data at the addresses where they are.
    Same(&'a PlugIns),
    /// Those of a scene as they are loaded, behind its block and so many bytes of reserve.
    Of(&'a Compiled, u64),
}

/// A memory that was made for a block, and what works on it.
pub(crate) struct Made {
    pub(crate) memory: Memory,
    /// Where an engine works on its own memory alone, the one for this.
    pub(crate) engine: Option<Engine>,
    pub(crate) plug_ins: Option<Arc<PlugIns>>,
}

/// Memory for a block with that prefix in it, for the physics that is linked in; `None` when the system has no room.
pub(crate) fn native_memory((prefix, bytes): (&[u8], u64), plugs: &Plugs, threads: u32) -> Result<Option<Made>, HostError> {
    let plugged = |(memory, plug_ins)| (memory, Some(plug_ins));
    let made = match plugs {
        Plugs::None => Memory::new(bytes).map(|memory| (memory, None)),
        Plugs::Same(plug_ins) => plug_ins.beside()?.map(plugged),
        Plugs::Of(scene, reserve) => PlugIns::on_new_memory(scene, bytes, *reserve, threads)?.map(plugged),
    };
    Ok(made.map(|(mut memory, plug_ins)| {
        memory.bytes_mut()[..prefix.len()].copy_from_slice(prefix);
        Made { memory, engine: None, plug_ins }
    }))
}

impl Engine {
    /// Carries out a call on the block of this memory; the value is the hash where that was asked for.
    pub(crate) fn call(&mut self, memory: &Memory, block: &mut Block, call: Call) -> Result<u64, HostError> {
        match self {
            Engine::Native(threads) => {
                let result = native(threads, memory, block, call);
                threads.rest();
                result.map_err(|fault| HostError::Fault { step: block.header().step, fault })
            }
            #[cfg(feature = "wasm-engine")]
            Engine::Wasm(team) => in_wasm(team, block, call),
        }
    }

    /// Makes it answer again after a plug-in ended a call.
    pub(crate) fn revive(&mut self) -> Result<(), HostError> {
        match self {
            Engine::Native(_) => Ok(()),
            #[cfg(feature = "wasm-engine")]
            Engine::Wasm(team) => team.revive().map_err(|reason| HostError::Module { reason }),
        }
    }

    /// Calls these plug-ins from now on, where the engine was not made for its own.
    pub(crate) fn call_plug_ins(&mut self, plug_ins: Option<Arc<PlugIns>>) {
        match self {
            Engine::Native(threads) => threads.call_plug_ins(plug_ins),
            #[cfg(feature = "wasm-engine")]
            Engine::Wasm(_) => {}
        }
    }

    /// Memory for another block with that prefix in it and `carried` bytes behind it where the engine needs them to carry a block over, and the
    /// engine for it where this one works on its own memory alone; `None` when the system has no room.
    pub(crate) fn place(&self, block: (&[u8], u64), carried: u64, plugs: &Plugs) -> Result<Option<Made>, HostError> {
        #[cfg(not(feature = "wasm-engine"))]
        let _ = carried;
        match self {
            Engine::Native(threads) => native_memory(block, plugs, threads.count()),
            #[cfg(feature = "wasm-engine")]
            Engine::Wasm(team) => team.place(block, carried, plugs),
        }
    }

    /// Carries the block of one memory over into that of another, which is this engine's.
    pub(crate) fn migrate(&mut self, (memory, from): (&Memory, &mut Block), (own, to): (&Memory, &mut Block)) -> Result<u64, HostError> {
        #[cfg(not(feature = "wasm-engine"))]
        let _ = (memory, own);
        let step = from.header().step;
        let result = match self {
            Engine::Native(threads) => {
                let result = migrate::migrate(from, to, &*threads);
                threads.rest();
                result
            }
            #[cfg(feature = "wasm-engine")]
            Engine::Wasm(team) => {
                let behind = team.behind_all(to.header().block_bytes);
                own.copy_in(to, behind, memory, from);
                let status = team.migrate(behind as u32).map_err(|reason| HostError::Module { reason })?;
                status.map_or(Ok(()), |status| Err(fault(to, status)))
            }
        };
        result.map(|()| 0).map_err(|fault| HostError::Fault { step, fault })
    }

    /// Another build of physics.wasm in place of the one that runs; the native physics cannot be exchanged.
    #[cfg(feature = "wasm-engine")]
    pub(crate) fn swap(&mut self, physics: &[u8], sync: &[u8], block: &[u8], trial: crate::wasm::Trial) -> Result<(), String> {
        match self {
            Engine::Native(_) => Err("the physics that is linked in cannot be exchanged; run with --engine wasm".to_owned()),
            Engine::Wasm(team) => team.swap(physics, sync, block, trial),
        }
    }

    /// Time of each stage since the last time this was asked.
    pub(crate) fn take_profile(&mut self) -> Vec<(&'static str, Duration)> {
        match self {
            Engine::Native(threads) => threads.take_profile(),
            #[cfg(feature = "wasm-engine")]
            Engine::Wasm(_) => Vec::new(),
        }
    }
}

fn native(team: &Threads, memory: &Memory, block: &mut Block, call: Call) -> Result<u64, Fault> {
    match call {
        Call::Init => run::init(block, team)?,
        Call::Step(steps) => run::step(block, team, steps)?,
        Call::Publish => memory.publish(block, team),
        Call::Diagnose => run::diagnose(block, team)?,
        Call::Distribution(kind, range) => run::distribution(block, team, kind, range)?,
        Call::Hash => return Ok(run::state_hash(block, team)),
        Call::Checkpoint => checkpoint::save(block, team),
        Call::Restore => run::restore(block, team)?,
    }
    Ok(0)
}

/// What the block's header tells of a call that ended with that status.
#[cfg(feature = "wasm-engine")]
pub(crate) fn fault(block: &Block, status: motes_physics::Status) -> Fault {
    let header = block.header();
    Fault { status, particle: header.fault_particle, detail: header.fault_detail }
}

#[cfg(feature = "wasm-engine")]
fn in_wasm(team: &mut crate::wasm::WasmTeam, block: &mut Block, call: Call) -> Result<u64, HostError> {
    use wasmtime::Val;
    let result = match call {
        Call::Init => team.call("motes_init", &[]),
        Call::Step(steps) => team.call("motes_step", &[Val::I32(steps as i32)]),
        Call::Publish => team.call("motes_publish", &[]),
        Call::Diagnose => team.call("motes_diagnose", &[]),
        Call::Distribution(kind, range) => team.call("motes_distribution", &[Val::I32(kind as i32), Val::F64(range.to_bits())]),
        Call::Hash => team.call("motes_hash", &[]),
        Call::Checkpoint => team.call("motes_checkpoint", &[]),
        Call::Restore => team.call("motes_restore", &[]),
    };
    let value = result.map_err(|reason| HostError::Module { reason })?;
    match motes_physics::Status::ALL.iter().find(|(status, _)| *status as u64 == value) {
        _ if matches!(call, Call::Hash) => Ok(value),
        Some((motes_physics::Status::Ok, _)) => Ok(0),
        Some((status, _)) => Err(HostError::Fault { step: block.header().step, fault: fault(block, *status) }),
        None => Err(HostError::Module { reason: format!("a call ended with status {value}, which there is none of") }),
    }
}
