//! What a module imports, exports and does, without running it.

use super::{Link, SECTION};
use motes_physics::plug_ins::STAGES;
use wasmparser::{Dylink0Subsection, ExternalKind, FuncType, KnownCustom, Operator, Parser, Payload, TypeRef, ValType};

/// Bytes that a plug-in may have in memory.
const MAX_AREA: u32 = 256 << 20;
/// Functions that it may put into the table.
const MAX_TABLE: u32 = 65_536;
const PAGE_LOG2: u32 = 16;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) link: Link,
    pub(super) manifest: Option<String>,
}

/// Reads all sections.
pub(super) fn inspect(bytes: &[u8]) -> Result<Module, Vec<String>> {
    let mut reading = Reading::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let result = payload.map_err(|error| error.to_string()).and_then(|payload| reading.take(payload).map_err(|error| error.to_string()));
        result.map_err(|error| vec![format!("cannot be read: {error}")])?;
    }
    reading.finish()
}

#[derive(Default)]
struct Reading {
    types: Vec<FuncType>,
    /// Type of each function, imported ones first.
    functions: Vec<u32>,
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
            ("env", "memory", TypeRef::Memory(memory)) if !memory.memory64 => self.memory = true,
            ("env", "__memory_base" | "__table_base" | "__stack_pointer", TypeRef::Global(global)) if global.content_type == ValType::I32 => {}
            ("env", "__indirect_function_table", TypeRef::Table(_)) => {}
            ("GOT.mem" | "GOT.func", name, TypeRef::Global(_)) => self.got.push(name.to_owned()),
            _ => self.complain(format!("imports {module}.{name}, which plug-ins are not given")),
        }
    }

    fn dylink(&mut self, subsection: Dylink0Subsection) {
        match subsection {
            Dylink0Subsection::MemInfo(info) => {
                let link = &mut self.module.link;
                (link.memory_bytes, link.table_slots) = (info.memory_size, info.table_size);
                if info.memory_alignment > PAGE_LOG2 || info.memory_size > MAX_AREA || info.table_size > MAX_TABLE {
                    return self.complain(format!(
                        "wants {} bytes, aligned to 2^{}, and {} table slots; at most {MAX_AREA}, 2^{PAGE_LOG2} and {MAX_TABLE} are given",
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
                    self.complain("waits (memory.atomic.wait); a step waits for nobody")
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Module, Vec<String>> {
        if !self.memory {
            self.complain("does not import env.memory (for clang: -Wl,--import-memory)");
        }
        if self.has_data && !self.dylink {
            self.complain(
                "has data at fixed addresses, where others have theirs; link it position-independent (for clang: -fPIC -Wl,-shared), or without data",
            );
        }
        self.stages();
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

    /// Which stages are exported, and whether all of them are called as they expect.
    fn stages(&mut self) {
        use ValType::{F64, I32};
        let signatures: [(&str, &[ValType]); 5] = [
            (STAGES[0], &[I32, I32, I32, I32]),
            (STAGES[1], &[I32, I32, I32, I32, F64]),
            (STAGES[2], &[I32, I32, I32, I32, F64]),
            (STAGES[3], &[I32, I32]),
            ("init", &[I32, I32]),
        ];
        for (k, (name, parameters)) in signatures.into_iter().enumerate() {
            let Some((_, kind, index)) = self.exports.iter().find(|(export, ..)| export == name) else { continue };
            let ty = (*kind == ExternalKind::Func).then(|| self.types.get(*self.functions.get(*index as usize)? as usize)).flatten();
            if ty.is_none_or(|ty| ty.params() != parameters || !ty.results().is_empty()) {
                let wanted: Vec<String> = parameters.iter().map(ToString::to_string).collect();
                self.complain(format!("exports {name}, which must be a function of ({}) without a result", wanted.join(", ")));
            } else if k < STAGES.len() {
                self.module.link.stages |= 1 << k;
            }
        }
        if self.module.link.stages == 0 {
            self.complain(format!("exports none of {}, so it would never be called", STAGES.join(", ")));
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
