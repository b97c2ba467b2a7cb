//! Errors of scene files: all of them at once, each with place, cause and cure.

use std::fmt;

use crate::excerpt::Excerpt;

/// What kind of answer an error calls for; the command line maps it to an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// The scene file or an override is wrong.
    Scene,
    /// The scene is well formed but needs more than there is.
    Limit,
    /// The initial configuration does not fit the scene.
    Input,
}

/// Bytes `start..end` of one of the texts that a scene was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Index into [`SceneErrors::sources`]: 0 is the scene file, then the overrides.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A text that a scene was made from, and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// File name, or `--set` for an override.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneError {
    /// What is wrong.
    pub message: String,
    /// How to fix it; may be empty.
    pub help: String,
    /// Where; `None` when something is missing altogether.
    pub span: Option<Span>,
    /// What kind of error.
    pub class: ErrorClass,
}

/// Everything that is wrong with a scene, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneErrors {
    /// The texts that spans point into.
    pub sources: Vec<Source>,
    /// Never empty.
    pub errors: Vec<SceneError>,
    /// Errors beyond the limit that were dropped.
    pub dropped: usize,
}

impl SceneErrors {
    /// The class that decides the exit code: a scene error before a bad input before a limit.
    pub fn class(&self) -> ErrorClass {
        let has = |class| self.errors.iter().any(|e| e.class == class);
        [ErrorClass::Scene, ErrorClass::Input].into_iter().find(|&c| has(c)).unwrap_or(ErrorClass::Limit)
    }

    /// The marked line of an error, if it has a place.
    pub fn excerpt(&self, error: &SceneError) -> Option<Excerpt> {
        let span = error.span?;
        let source = self.sources.get(span.source)?;
        Some(Excerpt::of_text(&source.name, &source.text, span.start, span.end))
    }
}

impl fmt::Display for SceneErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.errors.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "error: {}", error.message)?;
            let mut margin = " ".to_owned();
            if let Some(excerpt) = self.excerpt(error) {
                margin = excerpt.margin();
                write!(f, "\n{excerpt}")?;
            } else if let Some(source) = self.sources.first() {
                write!(f, "\n  --> {}", source.name)?;
            }
            if !error.help.is_empty() {
                write!(f, "\n{margin} = help: {}", error.help)?;
            }
        }
        if self.dropped > 0 {
            write!(f, "\n\nand {} more errors", self.dropped)?;
        }
        Ok(())
    }
}

impl std::error::Error for SceneErrors {}

/// Errors shown at most; a binary file would otherwise fill the screen.
const MAX_ERRORS: usize = 50;

/// Collects errors while a scene is read.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    errors: Vec<SceneError>,
}

impl Collector {
    /// Records a scene error.
    pub(crate) fn scene(&mut self, span: impl Into<Option<Span>>, message: impl Into<String>, help: impl Into<String>) {
        self.add(ErrorClass::Scene, span, message, help);
    }

    /// Records an error of any class.
    pub(crate) fn add(&mut self, class: ErrorClass, span: impl Into<Option<Span>>, message: impl Into<String>, help: impl Into<String>) {
        self.errors.push(SceneError { message: message.into(), help: help.into(), span: span.into(), class });
    }

    /// True while nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// `Err` with everything collected, sorted by place.
    pub(crate) fn finish(mut self, sources: &[Source]) -> Result<(), SceneErrors> {
        if self.errors.is_empty() {
            return Ok(());
        }
        self.errors.sort_by_key(|e| e.span.unwrap_or(Span { source: 0, start: 0, end: 0 }));
        let dropped = self.errors.len().saturating_sub(MAX_ERRORS);
        self.errors.truncate(MAX_ERRORS);
        Err(SceneErrors { sources: sources.to_vec(), errors: self.errors, dropped })
    }
}
