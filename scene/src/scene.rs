//! A scene after validation: records with all values filled in, and where each value was written.

use motes_physics::records::{ALL, Declaration, Kind, Record, RecordType, Section};
use motes_physics::registry::index_of;

use crate::error::Span;
use crate::plug_in::PlugIn;

/// A valid scene.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    pub(crate) title: String,
    pub(crate) about: String,
    /// One name per species; they are element names in XYZ files.
    pub(crate) species_names: Vec<String>,
    /// In the order of sections that `validate` has.
    pub(crate) records: Vec<SceneRecord>,
}

/// The values of one record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SceneRecord {
    /// Index into [`ALL`].
    pub(crate) type_index: usize,
    /// The plug-in that it is of, by its number among those given.
    pub(crate) plug_in: Option<usize>,
    /// What declares its parameters, for plug-ins.
    declared: Option<&'static RecordType>,
    /// Number among the records of its section.
    pub(crate) index: usize,
    /// One per slot.
    pub(crate) values: Vec<f64>,
    /// Where each parameter was written; `None` for defaults.
    pub(crate) spans: Vec<Option<Span>>,
    /// Where the record stands; `None` if the scene leaves it out.
    pub(crate) place: Option<Span>,
}

impl SceneRecord {
    /// A record with nothing but defaults.
    pub(crate) fn of_defaults(type_index: usize, index: usize, place: Option<Span>) -> Self {
        let declarations = ALL[type_index].declarations;
        let values = declarations.iter().flat_map(|d| d.default.into_iter().take(d.kind.slots())).collect();
        Self { type_index, plug_in: None, declared: None, index, values, spans: vec![None; declarations.len()], place }
    }

    /// A record of a plug-in, which is number `number` of those given.
    pub(crate) fn of_plug_in(number: usize, plug_in: &PlugIn, index: usize, place: Option<Span>) -> Self {
        let type_index = index_of(Section::PlugIn, Section::PlugIn.key()).unwrap_or_default();
        let spans = vec![None; plug_in.record_type.declarations.len()];
        Self { type_index, plug_in: Some(number), declared: Some(plug_in.record_type), index, values: plug_in.values(), spans, place }
    }

    pub(crate) fn record_type(&self) -> &'static RecordType {
        self.declared.unwrap_or(ALL[self.type_index])
    }

    /// Declarations with their number and first slot.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (usize, usize, &'static Declaration)> {
        let mut slot = 0;
        self.record_type().declarations.iter().enumerate().map(move |(number, declaration)| {
            let first = slot;
            slot += declaration.kind.slots();
            (number, first, declaration)
        })
    }

    /// The record as physics takes it.
    pub(crate) fn physics(&self) -> Record<'_> {
        Record { type_index: self.type_index, values: &self.values }
    }

    /// Values of the parameter of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&[f64]> {
        let (_, slot, declaration) = self.parameters().find(|(_, _, d)| d.name == name)?;
        Some(&self.values[slot..slot + declaration.kind.slots()])
    }

    /// Where the parameter of that name was written, or else the record.
    pub(crate) fn place_of(&self, name: &str) -> Option<Span> {
        let number = self.record_type().declarations.iter().position(|d| d.name == name);
        number.and_then(|n| self.spans[n]).or(self.place)
    }

    /// `dt`, `domain.min`, `force[0].cutoff`.
    pub(crate) fn path(&self, name: &str) -> String {
        let section = self.record_type().section;
        match section {
            Section::Simulation => name.to_owned(),
            _ if section.is_list() => format!("{}[{}].{name}", section.key(), self.index),
            _ => format!("{}.{name}", section.key()),
        }
    }
}

impl Scene {
    /// The records of a section.
    pub(crate) fn section(&self, section: Section) -> impl Iterator<Item = &SceneRecord> {
        self.records.iter().filter(move |r| r.record_type().section == section)
    }
}

/// What stands for every species where a species may be named.
pub(crate) const ALL_SPECIES: &str = "all";

/// What a value of this kind looks like in a scene file.
pub(crate) fn show_value(kind: Kind, values: &[f64]) -> String {
    match kind {
        Kind::Species if values[0] < 0.0 => format!("{ALL_SPECIES:?}"),
        Kind::Float | Kind::Integer | Kind::Species => show_number(values[0]),
        Kind::Bool => (values[0] != 0.0).to_string(),
        Kind::Choice(names) => format!("{:?}", names.get(values[0] as usize).unwrap_or(&"")),
        Kind::Vector3 | Kind::Integer3 => format!("[{}]", values.iter().map(|&x| show_number(x)).collect::<Vec<_>>().join(", ")),
        Kind::Bool3 => format!("[{}]", values.iter().map(|&x| (x != 0.0).to_string()).collect::<Vec<_>>().join(", ")),
    }
}

/// The shortest form that reads back to the same bits.
pub(crate) fn show_number(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 || (1e-4..1e7).contains(&size) || (x.fract() == 0.0 && size < 9.1e15) { format!("{x}") } else { format!("{x:e}") }
}
