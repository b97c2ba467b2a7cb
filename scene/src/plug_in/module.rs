//! What a module imports, exports and does, without running it.

use super::{Link, SECTION};
use motes_physics::layout::map::BLOCK_BASE;
use wasmparser::{Dylink0Subsection, ExternalKind, FuncType, KnownCustom, MemoryType, Operator, Parser, Payload, TypeRef, ValType};

/// Functions that a module may put into the table.
const MAX_TABLE: u32 = 65_536;
/// Pages of memory below a block, which every host has.
const LEAST_PAGES: u64 = (BLOCK_BASE / 65_536) as u64;
/// Pages that a host's memory may have.
const MOST_PAGES: u64 = 65_536;

/// What a module is to be.
pub(super) struct Role {
    /// What one is called.
    pub(super) one: &'static str,
    /// What several are called.
    pub(super) many: &'static str,
    /// Bytes that it may have in memory.
    pub(super) most_bytes: u32,
    /// What the address of those may be a multiple of, as a power of two.
    pub(super) most_align: u32,
    /// Why it may not wait.
    pub(super) no_wait: &'static str,
    /// Functions without a result that a host calls, and what they are given; it must export one of them.
    pub(super) calls: &'static [(&'static str, &'static [ValType])],
    /// Such a function that it need not have.
    pub(super) besides: Option<(&'static str, &'static [ValType])>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) link: Link,
    pub(super) manifest: Option<String>,
}

/// Reads all sections.
pub(super) fn inspect(bytes: &[u8], role: &'static Role) -> Result<Module, Vec<String>> {
    let mut reading = Reading::of(role);
    for payload in Parser::new(0).parse_all(bytes) {
        let result = payload.map_err(|error| error.to_string()).and_then(|payload| reading.take(payload).map_err(|error| error.to_string()));
        result.map_err(|error| vec![format!("cannot be read: {error}")])?;
    }
    reading.finish()
}

struct Reading {
    role: &'static Role,
    types: Vec<FuncType>,
    /// Type of each function, imported ones first.
    functions: Vec<u32>,
    /// Functions of its own, and bodies of such.
    bodies: [u32; 2],
    /// Values of globals, where they are plain numbers; imported ones first.
    globals: Vec<Option<u32>>,
    exports: Vec<(String, ExternalKind, u32)>,
    got: Vec<String>,
    memory: bool,
    has_data: bool,
    dylink: bool,
    module: Module,
    complaints: Vec<String>,
}

impl Reading {
    fn of(role: &'static Role) -> Self {
        Reading {
            role,
            types: Vec::new(),
            functions: Vec::new(),
            bodies: [0; 2],
            globals: Vec::new(),
            exports: Vec::new(),
            got: Vec::new(),
            memory: false,
            has_data: false,
            dylink: false,
            module: Module::default(),
            complaints: Vec::new(),
        }
    }

    fn take(&mut self, payload: Payload) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    self.import(import.module, import.name, import.ty);
                }
            }
            Payload::FunctionSection(section) => {
                self.bodies[0] = section.count();
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::MemorySection(_) => self.complain("has a memory of its own; import env.memory (for clang: -Wl,--import-memory)"),
            Payload::GlobalSection(section) => {
                for global in section {
                    let value = match global?.init_expr.get_operators_reader().read()? {
                        Operator::I32Const { value } => Some(value as u32),
                        _ => None,
                    };
                    self.globals.push(value);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exports.push((export.name.to_owned(), export.kind, export.index));
                }
            }
            Payload::DataSection(section) => self.has_data |= section.count() > 0,
            Payload::CodeSectionStart { count, .. } => self.bodies[1] = count,
            Payload::CodeSectionEntry(body) => self.code(body.get_operators_reader()?)?,
            Payload::CustomSection(section) if section.name() == SECTION => match std::str::from_utf8(section.data()) {
                Ok(text) => self.module.manifest = Some(text.trim_end_matches('\0').to_owned()),
                Err(_) => self.complain(format!("has a section {SECTION} that is not UTF-8")),
            },
            Payload::CustomSection(section) => {
                if let KnownCustom::Dylink0(subsections) = section.as_known() {
                    self.dylink = true;
                    for subsection in subsections {
                        self.dylink(subsection?);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn complain(&mut self, complaint: impl Into<String>) {
        let complaint = complaint.into();
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    fn import(&mut self, module: &str, name: &str, ty: TypeRef) {
        match ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => self.functions.push(index),
            TypeRef::Global(_) => self.globals.push(None),
            _ => {}
        }
        match (module, name, ty) {
            ("env", "memory", TypeRef::Memory(memory)) if !memory.memory64 => self.memory(memory),
            ("env", "__memory_base" | "__table_base" | "__stack_pointer", TypeRef::Global(global)) if global.content_type == ValType::I32 => {}
            ("env", "__indirect_function_table", TypeRef::Table(_)) => {}
            ("GOT.mem" | "GOT.func", name, TypeRef::Global(_)) => self.got.push(name.to_owned()),
            _ => self.complain(format!("imports {module}.{name}, which {} are not given", self.role.many)),
        }
    }

    fn memory(&mut self, memory: MemoryType) {
        self.memory = true;
        let most = memory.maximum.unwrap_or(MOST_PAGES);
        if memory.initial > LEAST_PAGES || most < MOST_PAGES {
            self.complain(format!(
                "imports a memory of {} to {most} pages, and a host's has {LEAST_PAGES} to {MOST_PAGES}; ask for none and set no limit",
                memory.initial
            ));
        }
    }

    fn dylink(&mut self, subsection: Dylink0Subsection) {
        match subsection {
            Dylink0Subsection::MemInfo(info) => {
                let (link, &Role { most_bytes, most_align, .. }) = (&mut self.module.link, self.role);
                (link.memory_bytes, link.table_slots) = (info.memory_size, info.table_size);
                if info.memory_alignment > most_align || info.memory_size > most_bytes || info.table_size > MAX_TABLE {
                    return self.complain(format!(
                        "wants {} bytes, aligned to 2^{}, and {} table slots; at most {most_bytes}, 2^{most_align} and {MAX_TABLE} are given",
                        info.memory_size, info.memory_alignment, info.table_size
                    ));
                }
                link.memory_align = 1 << info.memory_alignment;
            }
            Dylink0Subsection::Needed(libraries) if !libraries.is_empty() => {
                self.complain(format!("needs the libraries {}; link them in", libraries.join(", ")));
            }
            _ => {}
        }
    }

    fn code(&mut self, mut operators: wasmparser::OperatorsReader) -> wasmparser::Result<()> {
        while !operators.eof() {
            match operators.read()? {
                Operator::MemoryGrow { .. } => self.complain("grows the memory; only the host may"),
                Operator::MemoryAtomicWait32 { .. } | Operator::MemoryAtomicWait64 { .. } => {
                    self.complain(format!("waits (memory.atomic.wait); {}", self.role.no_wait))
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Module, Vec<String>> {
        let [functions, bodies] = self.bodies;
        if functions != bodies {
            self.complain(format!("is cut off or damaged: of {functions} functions it has {bodies}"));
        }
        if !self.memory {
            self.complain("does not import env.memory (for clang: -Wl,--import-memory)");
        }
        if self.has_data && !self.dylink {
            self.complain(
                "has data at fixed addresses, where others have theirs; link it position-independent (for clang: -fPIC -Wl,-shared), or without data",
            );
        }
        self.calls();
        for name in std::mem::take(&mut self.got) {
            if !self.exports.iter().any(|(export, ..)| *export == name) {
                self.complain(format!("refers to {name}, which it does not have; link it in"));
            }
        }
        let data = self.exports.iter().filter(|(_, kind, _)| *kind == ExternalKind::Global);
        let symbols = data.filter_map(|(name, _, index)| Some((name.clone(), (*self.globals.get(*index as usize)?)?)));
        self.module.link.symbols = symbols.collect();
        self.module.link.memory_align = self.module.link.memory_align.max(64);
        if self.complaints.is_empty() { Ok(self.module) } else { Err(self.complaints) }
    }

    /// Which functions are exported that a host calls, and whether all of them are called as they expect.
    fn calls(&mut self) {
        let list = |parameters: &[ValType]| parameters.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let Role { calls, besides, .. } = self.role;
        let mut tried = false;
        for (k, (name, parameters)) in calls.iter().chain(besides).enumerate() {
            let Some((_, kind, index)) = self.exports.iter().find(|(export, ..)| export == name) else { continue };
            tried |= k < calls.len();
            let ty = (*kind == ExternalKind::Func).then(|| self.types.get(*self.functions.get(*index as usize)? as usize)).flatten();
            if ty.is_none_or(|ty| ty.params() != *parameters || !ty.results().is_empty()) {
                self.complain(format!("exports {name}, which must be a function of ({}) without a result", list(parameters)));
            } else if k < calls.len() {
                self.module.link.stages |= 1 << k;
            }
        }
        if !tried {
            let wanted: Vec<String> = calls.iter().map(|(name, parameters)| format!("{name}({})", list(parameters))).collect();
            self.complain(format!("exports no {}, so it would never be called", wanted.join(" and no ")));
        }
    }
}

/// A copy without the section that describes it.
pub(super) fn without_manifest(bytes: &[u8]) -> Result<Vec<u8>, Vec<String>> {
    let mut copy = bytes.to_vec();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::CustomSection(section)) if section.name() == SECTION => {
                // The range is that of the contents; id and length stand before it.
                let end = section.range().end;
                let start = section_start(bytes, section.range().start);
                copy = [&bytes[..start], &bytes[end..]].concat();
            }
            Ok(_) => {}
            Err(error) => return Err(vec![format!("cannot be read: {error}")]),
        }
    }
    Ok(copy)
}

/// Where the section begins whose contents do: its length is a LEB128 number, before which its id stands.
fn section_start(bytes: &[u8], contents: usize) -> usize {
    let mut at = contents - 1;
    while at > 8 && bytes[at - 1] & 0x80 != 0 {
        at -= 1;
    }
    at - 1
}
