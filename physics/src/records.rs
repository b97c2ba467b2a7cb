//! Parameters, declared once.
//!
//! A *record* is a run of `f64` slots in the block: one emitter, one collider, the model's settings. A *record type* declares
//! what each slot means (name, unit, range, default, one line of meaning). From that one declaration come the scene file's
//! schema, the web and native panels, `--set`, share links and the documentation table; physics reads the same slots through
//! the struct that the macro `record!` makes beside the declaration.

use crate::block::Block;
pub use crate::registry::ALL;

/// Where in a scene file a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Section {
    /// Top-level keys: `dt`, `seed`.
    Simulation,
    /// `[domain]`.
    Domain,
    /// `[[species]]`.
    Species,
    /// `[neighbors]`: how particles that interact over short distances are found.
    Neighbors,
    /// `[integrator]`; `kind` names the type.
    Integrator,
    /// `[[force]]`; `kind` names the type.
    Force,
    /// `[[thermostat]]`; `kind` names the type.
    Thermostat,
    /// `[[constraint]]`; `kind` names the type.
    Constraint,
    /// `[[measure]]`: what is followed from step to step; `kind` names the type.
    Measure,
    /// `[[fill]]`: particles that exist from the start; `kind` names the type.
    Fill,
    /// `[[collider]]`; `kind` names the type.
    Collider,
    /// `[[emitter]]`.
    Emitter,
    /// `[view]`: how frames are coloured and first looked at.
    View,
    /// `[[plug-in]]`: a module that the host loads.
    PlugIn,
}

impl Section {
    /// The key in a scene file; empty for the top level.
    pub const fn key(self) -> &'static str {
        match self {
            Section::Simulation => "",
            Section::Domain => "domain",
            Section::Species => "species",
            Section::Neighbors => "neighbors",
            Section::Integrator => "integrator",
            Section::Force => "force",
            Section::Thermostat => "thermostat",
            Section::Constraint => "constraint",
            Section::Measure => "measure",
            Section::Fill => "fill",
            Section::Collider => "collider",
            Section::Emitter => "emitter",
            Section::View => "view",
            Section::PlugIn => "plug-in",
        }
    }

    /// True for `[[section]]`, which may stand any number of times.
    pub const fn is_list(self) -> bool {
        matches!(
            self,
            Section::Species
                | Section::Force
                | Section::Thermostat
                | Section::Constraint
                | Section::Measure
                | Section::Fill
                | Section::Collider
                | Section::Emitter
                | Section::PlugIn
        )
    }

    /// True where a `kind` key chooses among record types.
    pub const fn has_kind(self) -> bool {
        matches!(self, Section::Integrator | Section::Force | Section::Thermostat | Section::Constraint | Section::Measure | Section::Fill | Section::Collider)
    }
}

/// The form of a parameter's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// One finite number.
    Float,
    /// A whole number, exact in an `f64`.
    Integer,
    /// `true` or `false`, stored as 1 or 0.
    Bool,
    /// One of the names, stored as its index.
    Choice(&'static [&'static str]),
    /// A species by name or number; `"all"`, where the range begins at -1, is stored as -1.
    Species,
    /// Three finite numbers x, y, z.
    Vector3,
    /// Three whole numbers x, y, z.
    Integer3,
    /// Three of `true` or `false` for x, y, z.
    Bool3,
}

impl Kind {
    /// `f64` slots that a value takes.
    pub const fn slots(self) -> usize {
        match self {
            Kind::Vector3 | Kind::Integer3 | Kind::Bool3 => 3,
            _ => 1,
        }
    }
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Declaration {
    /// Key in the scene file and last part of its path.
    pub name: &'static str,
    /// Form of the value.
    pub kind: Kind,
    /// Unit, empty for pure numbers and reduced units.
    pub unit: &'static str,
    /// One line: what it does.
    pub doc: &'static str,
    /// Default value; scalars use the first entry.
    pub default: [f64; 3],
    /// Least value of each component.
    pub min: f64,
    /// Greatest value of each component.
    pub max: f64,
    /// True where a change acts on a running simulation.
    pub live: bool,
}

/// All parameters of one kind of thing.
#[derive(Debug, PartialEq)]
pub struct RecordType {
    /// Where it stands in a scene.
    pub section: Section,
    /// Value of `kind`; for sections without kinds the section's own name.
    pub name: &'static str,
    /// One line: what it is.
    pub doc: &'static str,
    /// Its parameters in slot order.
    pub declarations: &'static [Declaration],
}

impl RecordType {
    /// What a running simulation needs of it: a module of physics carries no words for panels.
    pub(crate) const fn lean(self) -> Self {
        if cfg!(feature = "module") { RecordType { doc: "", declarations: &[], ..self } } else { self }
    }

    /// `f64` slots of one record.
    pub fn slots(&self) -> usize {
        self.declarations.iter().map(|d| d.kind.slots()).sum()
    }
}

/// Values of one record beside what they mean.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Index into [`ALL`].
    pub type_index: usize,
    /// One value per slot.
    pub values: &'a [f64],
}

impl<'a> Record<'a> {
    /// What the slots mean.
    pub fn record_type(&self) -> &'static RecordType {
        ALL[self.type_index]
    }

    /// The record as a `T`, if it is one.
    pub fn get<T: Declared>(&self) -> Option<T> {
        let index = const { crate::registry::index_of(T::TYPE.section, T::TYPE.name) };
        (index == Some(self.type_index)).then(|| T::read(self.values))
    }
}

/// A struct that reads the slots of one record type; made by `record!`.
pub trait Declared: Sized {
    /// The declaration.
    const TYPE: RecordType;
    /// Reads the slots of one record; missing ones read as zero.
    fn read(slots: &[f64]) -> Self;
}

/// All records of a scene, before there is a block and when there is one.
#[derive(Clone, Copy)]
pub enum Records<'a> {
    /// Of a scene that is being planned.
    Planned(&'a [Record<'a>]),
    /// Of a running simulation.
    Running(&'a Block<'a>),
}

impl<'a> Records<'a> {
    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        let count = match self {
            Records::Planned(records) => records.len(),
            Records::Running(block) => block.record_count(),
        };
        (0..count).map(move |index| match self {
            Records::Planned(records) => records[index],
            Records::Running(block) => block.nth_record(index),
        })
    }

    /// All of one type.
    pub fn all<T: Declared>(self) -> impl Iterator<Item = T> + use<'a, T> {
        self.iter().filter_map(|record| record.get())
    }

    /// The first of a type, or one of zeros.
    pub fn one<T: Declared>(self) -> T {
        self.all().next().unwrap_or_else(|| T::read(&[]))
    }
}

/// Reads slots in order; missing ones read as zero.
pub struct SlotReader<'a>(pub &'a [f64]);

impl SlotReader<'_> {
    /// The next slot. Not inlined: records have many.
    #[inline(never)]
    pub fn float(&mut self) -> f64 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0.0,
        }
    }

    /// The next slot as a whole number; out of range saturates.
    pub fn integer(&mut self) -> u64 {
        self.float() as u64
    }

    /// The next slot as the number of a species; none for all of them.
    pub fn species(&mut self) -> Option<usize> {
        let index = self.float();
        (index >= 0.0).then_some(index as usize)
    }

    /// The next slot as a flag.
    pub fn bool(&mut self) -> bool {
        self.float() != 0.0
    }

    /// The next three slots.
    pub fn vector(&mut self) -> [f64; 3] {
        [self.float(), self.float(), self.float()]
    }
}

/// Declares a record type and the struct that reads it.
///
/// `#[doc] field: Kind = default, min..=max, "unit" [, live];`
#[macro_export]
macro_rules! record {
    (@type Float) => { f64 };
    (@type Integer) => { u64 };
    (@type Bool) => { bool };
    (@type Choice) => { u64 };
    (@type Species) => { Option<usize> };
    (@type Vector3) => { [f64; 3] };
    (@type Integer3) => { [u64; 3] };
    (@type Bool3) => { [bool; 3] };
    (@read Float $r:ident) => { $r.float() };
    (@read Integer $r:ident) => { $r.integer() };
    (@read Bool $r:ident) => { $r.bool() };
    (@read Choice $r:ident) => { $r.integer() };
    (@read Species $r:ident) => { $r.species() };
    (@read Vector3 $r:ident) => { $r.vector() };
    (@read Integer3 $r:ident) => { [$r.integer(), $r.integer(), $r.integer()] };
    (@read Bool3 $r:ident) => { [$r.bool(), $r.bool(), $r.bool()] };
    (@default Vector3 $d:expr) => { $d };
    (@default Integer3 $d:expr) => { $d };
    (@default Bool3 $d:expr) => { $d };
    (@default $kind:ident $d:expr) => { [$d as f64, 0.0, 0.0] };
    (@live) => { false };
    (@live live) => { true };
    (
        #[doc = $about:literal]
        $name:ident in $section:ident as $key:literal {
            $( #[doc = $doc:literal] $field:ident : $kind:ident $(($names:expr))? = $default:expr, $min:literal ..= $max:literal, $unit:literal $(, $live:ident)? ; )*
        }
    ) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name {
            $( #[doc = $doc] pub $field: $crate::record!(@type $kind), )*
        }
        impl $crate::records::Declared for $name {
            const TYPE: $crate::records::RecordType = $crate::records::RecordType {
                section: $crate::records::Section::$section,
                name: $key,
                doc: $about.trim_ascii(),
                declarations: &[ $( $crate::records::Declaration {
                    name: stringify!($field),
                    kind: $crate::records::Kind::$kind $(($names))?,
                    unit: $unit,
                    doc: $doc.trim_ascii(),
                    default: $crate::record!(@default $kind $default),
                    min: $min as f64,
                    max: $max as f64,
                    live: $crate::record!(@live $($live)?),
                }, )* ],
            };
            fn read(slots: &[f64]) -> Self {
                let mut reader = $crate::records::SlotReader(slots);
                let _ = &mut reader;
                Self { $( $field: $crate::record!(@read $kind reader), )* }
            }
        }
    };
}
