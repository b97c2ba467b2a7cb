//! From the text of a scene to the first bytes of its block.

use motes_physics::fill::split;
use motes_physics::plan::{Plan, PlanError};
use motes_physics::records::{Declaration, RecordType, Section};

use crate::check;
use crate::document;
use crate::error::{Collector, ErrorClass, SceneErrors, Source};
use crate::overrides;
use crate::scene::{Scene, SceneRecord};
use crate::validate;
use crate::xyz::Configuration;

/// What a scene is compiled with besides its text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What messages call the scene.
    pub name: String,
    /// `path=value` each.
    pub overrides: Vec<String>,
    /// Particles that take the place of the scene's fills.
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
    /// Bytes of the whole block.
    pub block_bytes: u64,
    /// Particles in use from the start, emitters' slots included.
    pub particle_count: u32,
    /// Arrays that the host sets before init: field name and little-endian bytes.
    pub given: Vec<(&'static str, Vec<u8>)>,
    /// Every parameter with its value.
    pub parameters: Vec<Parameter>,
    /// Name of each species.
    pub species_names: Vec<String>,
}

/// One parameter of a compiled scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `dt`, `model.cutoff`, `emitter[0].rate`.
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
    let mut errors = Collector::default();
    let name = if options.name.is_empty() { "scene" } else { &options.name };
    let mut sources = vec![Source { name: name.to_owned(), text: text.to_owned() }];
    sources.extend(options.overrides.iter().map(|text| Source { name: "--set".to_owned(), text: text.clone() }));
    let Some(mut root) = document::parse(text, 0, &mut errors) else {
        return Err(errors.finish(&sources).expect_err("no tree without an error"));
    };
    for (k, text) in options.overrides.iter().enumerate() {
        overrides::apply(&mut root, text, k + 1, &mut errors);
    }
    let mut scene = validate::scene(&root, &mut errors);
    if let Some(init) = &options.init {
        take_cell(&mut scene, init);
    }
    check::scene(&scene, &mut errors);
    let given = options.init.as_ref().map(|init| Given::new(&scene, init, &mut errors));
    if errors.is_empty() {
        match lay_out(&scene, given.as_ref()) {
            Ok(compiled) => return Ok(compiled),
            Err(error) => refuse(&scene, error, &mut errors),
        }
    }
    Err(errors.finish(&sources).expect_err("an error was recorded"))
}

/// The file's box takes the place of the scene's domain.
fn take_cell(scene: &mut Scene, init: &Configuration) {
    let Some(cell) = init.cell else { return };
    let negative = init.positions.iter().flatten().any(|x| *x < 0.0);
    let centred = init.positions.iter().all(|p| (0..3).all(|k| p[k].abs() <= 0.5 * cell[k] + 1e-9));
    let corner = init.origin.unwrap_or(if negative && centred { cell.map(|l| -0.5 * l) } else { [0.0; 3] });
    if let Some(domain) = scene.records.iter_mut().find(|r| r.record_type().section == Section::Domain) {
        domain.set("min", &corner);
        domain.set("max", &std::array::from_fn::<f64, 3, _>(|k| corner[k] + cell[k]));
        if let Some(periodic) = init.periodic {
            domain.set("periodic", &periodic.map(|p| f64::from(u8::from(p))));
        }
    }
}

/// Particles of a file as arrays of the block.
struct Given {
    count: u64,
    position: Vec<f32>,
    low: Vec<f32>,
    velocity: Vec<f32>,
    species: Vec<u32>,
}

impl Given {
    fn new(scene: &Scene, init: &Configuration, errors: &mut Collector) -> Self {
        let (position, low) = init.positions.iter().flatten().map(|x| split(*x)).unzip();
        let velocity = init.velocities.iter().flatten().flatten().map(|v| *v as f32).collect();
        let of_element: Vec<u32> = init.elements.iter().map(|element| species_of(scene, element, init, errors)).collect();
        let species = init.element.iter().map(|e| of_element.get(*e as usize).copied().unwrap_or(0)).collect();
        Given { count: init.particle_count() as u64, position, low, velocity, species }
    }

    fn arrays(&self, with_low: bool) -> Vec<(&'static str, Vec<u8>)> {
        let mut arrays = vec![("position", bytemuck::cast_slice(&self.position).to_vec()), ("species", bytemuck::cast_slice(&self.species).to_vec())];
        if with_low {
            arrays.push(("position_low", bytemuck::cast_slice(&self.low).to_vec()));
        }
        if !self.velocity.is_empty() {
            arrays.push(("velocity", bytemuck::cast_slice(&self.velocity).to_vec()));
        }
        arrays
    }
}

/// With one species every element is that one; otherwise names must agree.
fn species_of(scene: &Scene, element: &str, init: &Configuration, errors: &mut Collector) -> u32 {
    if scene.species_names.len() == 1 {
        return 0;
    }
    match scene.species_names.iter().position(|name| name == element) {
        Some(index) => index as u32,
        None => {
            let help = format!("name a species `{element}` in the scene; it has {}", scene.species_names.join(", "));
            errors.add(ErrorClass::Input, None, format!("{}: element `{element}` is no species of the scene", init.file), help);
            0
        }
    }
}

fn lay_out(scene: &Scene, given: Option<&Given>) -> Result<Compiled, PlanError> {
    let used: Vec<&SceneRecord> = scene.records.iter().filter(|r| given.is_none() || r.record_type().section != Section::Fill).collect();
    let records: Vec<_> = used.iter().map(|r| r.physics()).collect();
    let plan = Plan::new(&records, given.map(|g| g.count))?;
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
    let with_low = plan.fields().iter().any(|f| f.name() == "position_low");
    Ok(Compiled {
        title: scene.title.clone(),
        about: scene.about.clone(),
        prefix,
        block_bytes: plan.block_bytes(),
        particle_count: plan.particle_count(),
        given: given.map_or_else(Vec::new, |g| g.arrays(with_low)),
        parameters,
        species_names: scene.species_names.clone(),
    })
}

/// A refusal of the plan as an error with a place.
fn refuse(scene: &Scene, error: PlanError, errors: &mut Collector) {
    let fill = scene.section(Section::Fill).next().or(scene.section(Section::Emitter).next());
    let place = fill.and_then(|record| record.place_of("count").or(record.place));
    let model = scene.section(Section::Model).next();
    match error {
        PlanError::TooManyParticles { count, limit } => {
            errors.add(ErrorClass::Limit, place, format!("the scene has {count} particles"), format!("the model takes at most {limit}"));
        }
        PlanError::TooManyBytes { needed, limit, particles } => {
            let help = format!("{limit} bytes are available, enough for about {particles} particles");
            errors.add(ErrorClass::Limit, place, format!("the scene needs {needed} bytes"), help);
        }
        PlanError::TooManyRecords { count, limit } => {
            errors.add(ErrorClass::Limit, None, format!("the scene has {count} parts of one sort"), format!("at most {limit} are possible"));
        }
        PlanError::Model(why) => errors.scene(model.and_then(|m| m.place), "the parts of the scene do not fit each other", why),
        PlanError::Section(section) => errors.scene(None, format!("the scene needs exactly one [{}]", section.key()), "add it"),
    }
}
