//! Who runs the physics: the crate that is linked in, or physics.wasm.

use super::failure::Failure;
#[cfg(feature = "wasm-engine")]
use motes_host::wasm::Trial;
use motes_host::{HostError, Simulation, Start, Threads};
use motes_physics::simd::Isa;
use std::path::PathBuf;

/// Who runs the physics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// The physics that is part of this program.
    Native,
    /// The module that pages run, in wasmtime.
    Wasm,
}

/// Options of verbs that run physics.
#[derive(clap::Args)]
#[group(skip)] // It would be named like the struct, as that of the verb is.
pub(crate) struct Arguments {
    /// Who runs the physics. The result does not depend on it.
    #[arg(long, value_enum, default_value_t = Kind::Native)]
    pub(crate) engine: Kind,
    /// physics-all.wasm for `--engine wasm`, with sync.wasm beside it; `cargo xtask web --build-only` builds both.
    #[arg(long, value_name = "FILE", default_value = "target/web/physics-all.wasm")]
    module: PathBuf,
}

/// An engine that starts simulations.
pub(crate) enum Ready {
    Native,
    #[cfg(feature = "wasm-engine")]
    Wasm(motes_host::wasm::Modules),
}

impl Arguments {
    /// Reads and compiles what the engine needs, once for any number of simulations; code beside plug-ins must be stoppable.
    pub(crate) fn ready(&self, plug_ins: bool) -> Result<Ready, Failure> {
        match self.engine {
            Kind::Native => Ok(Ready::Native),
            Kind::Wasm => self.modules(plug_ins),
        }
    }

    #[cfg(feature = "wasm-engine")]
    fn modules(&self, plug_ins: bool) -> Result<Ready, Failure> {
        let read = if plug_ins { motes_host::wasm::Modules::read_for_plug_ins } else { motes_host::wasm::Modules::read };
        read(&self.module).map(Ready::Wasm).map_err(Failure::Module)
    }

    #[cfg(not(feature = "wasm-engine"))]
    fn modules(&self, _plug_ins: bool) -> Result<Ready, Failure> {
        Err(Failure::Module(format!("{} cannot be run: this program was built without it; build with `--features wasm-engine`", self.module.display())))
    }
}

#[cfg(feature = "wasm-engine")]
impl Arguments {
    /// Takes another build of the physics, with the sync.wasm of the present one.
    pub(crate) fn swap(&self, simulation: &mut Simulation, module: &std::path::Path) -> Result<(), String> {
        let read = |path: &std::path::Path| std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()));
        simulation.swap(&read(module)?, &read(&self.module.with_file_name("sync.wasm"))?, Trial::default())
    }
}

#[cfg(not(feature = "wasm-engine"))]
impl Arguments {
    /// There is no engine that could.
    pub(crate) fn swap(&self, _simulation: &mut Simulation, _module: &std::path::Path) -> Result<(), String> {
        Err("this program was built without an engine for modules; build with `--features wasm-engine`".to_owned())
    }
}

impl Ready {
    /// A simulation on that many threads; native kernels use that instruction set and measure their stages if asked.
    pub(crate) fn start<'a>(&self, scene: impl Into<Start<'a>>, threads: u32, isa: Isa, profiled: bool) -> Result<Simulation, HostError> {
        match self {
            Ready::Native => {
                let team = Threads::new(threads).map_err(|source| HostError::Threads { threads, source })?.with_isa(isa);
                Simulation::with_threads(scene, if profiled { team.profiled() } else { team })
            }
            #[cfg(feature = "wasm-engine")]
            Ready::Wasm(modules) => Simulation::in_wasm(scene, modules, threads),
        }
    }
}
