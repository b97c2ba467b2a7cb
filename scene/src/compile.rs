//! From the text of a scene to the first bytes of its block.

use motes_physics::plan::{MAX_PARTICLES, Plan, PlanError};
use motes_physics::records::{Declaration, RecordType, Section};
use motes_physics::{emitter, fill, registry};

use crate::check;
use crate::document;
use crate::error::{Collector, ErrorClass, SceneErrors, Source, Span};
use crate::given::{self, Given};
use crate::overrides;
use crate::plug_in::PlugIn;
use crate::scene::{Scene, SceneRecord, show_value};
use crate::stream::Outline;
use crate::validate;
use crate::xyz::Configuration;

/// What a scene is compiled with besides its text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What messages call the scene.
    pub name: String,
    /// `path=value` each.
    pub overrides: Vec<String>,
    /// Plug-ins that the scene may name by their files; those that it does not name are added to it.
    pub plug_ins: Vec<PlugIn>,
    /// Particles that take the place of the scene's fills; their box is the domain, but for what the overrides say of it.
    pub init: Option<Configuration>,
}

/// A scene ready for a host.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// Title of the scene.
    pub title: String,
    /// What to look for.
    pub about: String,
    /// Header, tables and parameters: the first bytes of the block.
    pub prefix: Vec<u8>,
    /// File of the module of physics that it needs at least.
    pub module: &'static str,
    /// Bytes of the whole block.
    pub block_bytes: u64,
    /// Particles in use from the start, emitters' slots included.
    pub particle_count: u32,
    /// Arrays that the host sets before init: field name and little-endian bytes; those of [`Options::init`].
    pub given: Vec<(&'static str, Vec<u8>)>,
    /// Every record, in the order of the file; its parameters are as many of the next, which may be none.
    pub records: Vec<&'static RecordType>,
    /// Every parameter with its value.
    pub parameters: Vec<Parameter>,
    /// Name of each species.
    pub species_names: Vec<String>,
    /// Plug-ins in the order of their records.
    pub plug_ins: Vec<LoadedPlugIn>,
}

/// A plug-in of a compiled scene.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedPlugIn {
    /// What it is.
    pub plug_in: PlugIn,
    /// Byte offset in the block of its record's first slot: its parameters, its outputs, and two words of the host.
    pub offset: u32,
}

impl LoadedPlugIn {
    /// Byte offset in the block of an output.
    pub fn output(&self, output: usize) -> u32 {
        self.offset + self.plug_in.output_offset(output)
    }

    /// Byte offset in the block of the word whose bits say when it is called; 0 switches it off.
    pub fn stages(&self) -> u32 {
        self.offset + self.plug_in.stages_offset()
    }
}

/// One parameter of a compiled scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `dt`, `domain.min`, `force[0].cutoff`.
    pub path: String,
    /// The record type that declares it.
    pub record_type: &'static RecordType,
    /// What it means.
    pub declaration: &'static Declaration,
    /// Its values, one per slot.
    pub values: Vec<f64>,
    /// Byte offset in the block of its first slot.
    pub offset: u32,
}

impl Compiled {
    /// The parameter of that path.
    pub fn parameter(&self, path: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.path == path)
    }

    /// Values of the parameter of that path; zeros when there is none.
    pub fn vector(&self, path: &str) -> [f64; 3] {
        let values = self.parameter(path).map_or(&[][..], |p| &p.values);
        std::array::from_fn(|k| values.get(k).copied().unwrap_or(0.0))
    }
}

/// Reads, checks and lays out a scene.
///
/// # Errors
/// Everything that is wrong, at once, with its place and a way to mend it.
pub fn compile(text: &str, options: &Options) -> Result<Compiled, SceneErrors> {
    assemble(text, options, options.init.as_ref().map(Outline::from).as_ref())
}

/// As [`compile`], for particles of which only the outline is known; the host writes them into the block before init.
///
/// # Errors
/// As of [`compile`].
pub fn compile_for(text: &str, options: &Options, outline: &Outline) -> Result<Compiled, SceneErrors> {
    assemble(text, &Options { init: None, ..options.clone() }, Some(outline))
}

fn assemble(text: &str, options: &Options, outline: Option<&Outline>) -> Result<Compiled, SceneErrors> {
    let mut errors = Collector::default();
    let name = if options.name.is_empty() { "scene" } else { &options.name };
    let mut sources = vec![Source { name: name.to_owned(), text: text.to_owned() }];
    if let Some(outline) = outline {
        sources.extend(given::cell_overrides(outline).into_iter().map(|text| Source { name: format!("the box of {}", outline.file), text }));
    }
    sources.extend(options.overrides.iter().map(|text| Source { name: "--set".to_owned(), text: text.clone() }));
    let Some(mut root) = document::parse(text, 0, &mut errors) else {
        return Err(errors.finish(&sources).expect_err("no tree without an error"));
    };
    overrides::name_plug_ins(&mut root, &options.plug_ins);
    // What comes behind may set their parameters.
    for (number, source) in sources.iter().enumerate().skip(1) {
        overrides::apply(&mut root, &source.text, number, &mut errors);
    }
    let scene = validate::scene(&root, &options.plug_ins, &mut errors);
    check::scene(&scene, &mut errors);
    let given = options.init.as_ref().map(|init| Given::new(&scene, init, &mut errors));
    if errors.is_empty() {
        match lay_out(&scene, &options.plug_ins, outline, given.as_ref()) {
            Ok(compiled) => return Ok(compiled),
            Err(error) => refuse(&scene, outline, error, &mut errors),
        }
    }
    Err(errors.finish(&sources).expect_err("an error was recorded"))
}

fn lay_out(scene: &Scene, plug_ins: &[PlugIn], outline: Option<&Outline>, given: Option<&Given>) -> Result<Compiled, PlanError> {
    let used: Vec<&SceneRecord> = scene.records.iter().filter(|r| outline.is_none() || r.record_type().section != Section::Fill).collect();
    let records: Vec<_> = used.iter().map(|r| r.physics()).collect();
    let plan = Plan::new(&records, outline.map(|outline| outline.count))?;
    let mut prefix = vec![0; plan.prefix_bytes()];
    plan.write_prefix(&mut prefix);
    let mut parameters = Vec::new();
    for (number, record) in used.iter().enumerate() {
        for (_, slot, declaration) in record.parameters() {
            parameters.push(Parameter {
                path: record.path(declaration.name),
                record_type: record.record_type(),
                declaration,
                values: record.values[slot..slot + declaration.kind.slots()].to_vec(),
                offset: plan.record_offset(number) + 8 * slot as u32,
            });
        }
    }
    let mut loaded = Vec::new();
    for (number, record) in used.iter().enumerate() {
        let Some(plug_in) = record.plug_in.map(|given| &plug_ins[given]) else { continue };
        let offset = plan.record_offset(number);
        let mask = plug_in.writes.iter().filter_map(|name| plan.fields().iter().position(|f| f.name() == name)).fold(0u64, |mask, field| mask | 1 << field);
        // Fields are at most 53 where plug-ins are concerned: the mask is exact.
        prefix[offset as usize + plug_in.writes_offset()..][..8].copy_from_slice(&(mask as f64).to_le_bytes());
        loaded.push(LoadedPlugIn { plug_in: plug_in.clone(), offset });
    }
    let with_low = plan.fields().iter().any(|f| f.name() == "position_low");
    Ok(Compiled {
        title: scene.title.clone(),
        about: scene.about.clone(),
        prefix,
        module: registry::module(records.iter().map(|record| record.type_index)),
        block_bytes: plan.block_bytes(),
        particle_count: plan.particle_count(),
        given: given.map_or_else(Vec::new, |g| g.arrays(plan.particle_count(), with_low)),
        records: used.iter().map(|record| record.record_type()).collect(),
        parameters,
        species_names: scene.species_names.clone(),
        plug_ins: loaded,
    })
}

/// A refusal of the plan as an error with a place.
fn refuse(scene: &Scene, outline: Option<&Outline>, error: PlanError, errors: &mut Collector) {
    let force = scene.section(Section::Force).next();
    match error {
        PlanError::TooLarge { particles, needed, available, room } => {
            let (what, place) = largest(scene, outline);
            let message = format!("{what}: the scene has {particles} particles and needs {needed} bytes");
            let help = format!("{available} bytes are available and at most {MAX_PARTICLES} particles; there is room for {room} of these");
            errors.add(ErrorClass::Limit, place, message, help);
        }
        PlanError::TooManyRecords { section, count, limit } => {
            let what = section.map_or_else(|| "sections and entries".to_owned(), |s| format!("[[{}]]", s.key()));
            let place = section.and_then(|s| scene.section(s).nth(limit)).and_then(|record| record.place);
            errors.add(ErrorClass::Limit, place, format!("the scene has {count} {what}"), format!("at most {limit} are possible"));
        }
        PlanError::Misfit(why) => errors.scene(force.and_then(|m| m.place), "the parts of the scene do not fit each other", why),
        PlanError::Section(section) => errors.scene(None, format!("the scene needs exactly one [{}]", section.key()), "add it"),
    }
}

/// What most of the particles come from, and where it was written.
fn largest(scene: &Scene, outline: Option<&Outline>) -> (String, Option<Span>) {
    let from_file = outline.map(|outline| (outline.count, outline.file.clone(), None));
    let sources = scene.records.iter().filter_map(|record| {
        let (key, count) = match record.record_type().section {
            Section::Fill if outline.is_none() => (if record.get("count").is_some() { "count" } else { "cells" }, fill::count(&record.physics())),
            Section::Emitter => ("rate", emitter::slots(&record.physics())),
            _ => return None,
        };
        let value = record.parameters().find(|(_, _, d)| d.name == key).map(|(_, slot, d)| show_value(d.kind, &record.values[slot..slot + d.kind.slots()]));
        Some((count, format!("`{}` = {}", record.path(key), value.unwrap_or_default()), record.place_of(key)))
    });
    let most = from_file.into_iter().chain(sources).max_by_key(|(count, ..)| *count);
    most.map_or_else(|| ("no particles".to_owned(), None), |(_, what, place)| (what, place))
}
