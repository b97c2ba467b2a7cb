//! The table of all parameters, for docs/scene-reference.md.

use motes_physics::plan::MAX_PARTICLES;
use motes_physics::records::{ALL, Kind};
use std::fmt::Write;

use crate::scene::{show_number, show_value};

/// All sections and parameters as Markdown, from their declarations.
pub fn reference() -> String {
    let mut out = format!(
        "# Scene reference\n\nMade from the declarations in `physics/`; a test compares it. A scene file begins with `version = 1`; `title` and `about` are texts.\nLive parameters act on a running simulation at once, the others on the next reset.\nA scene has at most {MAX_PARTICLES} particles, all that its emitters can have alive at once included.\n",
    );
    for record in ALL {
        let key = record.section.key();
        let heading = match (key.is_empty(), record.section.is_list()) {
            (true, _) => "Top level".to_owned(),
            (false, true) => format!("`[[{key}]]`"),
            (false, false) => format!("`[{key}]`"),
        };
        let kind = if record.section.has_kind() { format!(" with `kind = \"{}\"`", record.name) } else { String::new() };
        let _ = writeln!(out, "\n## {heading}{kind}\n\n{}", record.doc);
        if !record.declarations.is_empty() {
            let _ = writeln!(out, "\n| name | value | default | unit | live | meaning |\n|---|---|---|---|---|---|");
        }
        for d in record.declarations {
            let allowed = match d.kind {
                Kind::Bool | Kind::Bool3 => "true, false".to_owned(),
                Kind::Choice(names) => names.join(", "),
                _ => format!("{} to {}", show_number(d.min), show_number(d.max)),
            };
            let default = show_value(d.kind, &d.default[..d.kind.slots()]);
            let _ = writeln!(out, "| `{}` | {allowed} | `{default}` | {} | {} | {} |", d.name, d.unit, if d.live { "yes" } else { "" }, d.doc);
        }
    }
    out
}
