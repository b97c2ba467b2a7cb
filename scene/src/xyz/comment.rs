//! The comment line of a frame: `key=value` pairs of extended XYZ, or `cell: Lx Ly Lz`.

/// A mistake at bytes `start..end` of the comment.
pub(crate) struct Mistake {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

/// What a column of the particle lines holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Species,
    Id,
    Position,
    Velocity,
    Other,
}

/// What the comment tells.
#[derive(Debug, Default)]
pub(crate) struct Comment {
    pub(crate) cell: Option<[f64; 3]>,
    pub(crate) origin: Option<[f64; 3]>,
    pub(crate) periodic: Option<[bool; 3]>,
    pub(crate) time: Option<f64>,
    pub(crate) step: Option<u64>,
    /// Roles and widths of column groups; `None` in a plain file.
    pub(crate) columns: Option<Vec<(Role, usize)>>,
}

/// Columns of a particle line at most.
const MAX_COLUMNS: usize = 1024;

pub(crate) fn parse(line: &str) -> Result<Comment, Mistake> {
    let mut comment = Comment::default();
    if let Some(cell) = line.trim_start().strip_prefix("cell:") {
        let start = line.len() - cell.len();
        let cell = numbers::<3>(cell).ok_or_else(|| mistake(line, start, line.len(), "`cell:` needs three lengths", "write `cell: 10 10 10`"))?;
        comment.cell = Some(positive(cell).ok_or_else(|| not_positive(line, start))?);
        return Ok(comment);
    }
    for pair in pairs(line) {
        comment.take(line, &pair)?;
    }
    Ok(comment)
}

impl Comment {
    fn take(&mut self, line: &str, pair: &Pair<'_>) -> Result<(), Mistake> {
        let fail = |message: &str, help| Err(mistake(line, pair.start, pair.end, message, help));
        match pair.key.to_ascii_lowercase().as_str() {
            "lattice" => self.cell = Some(lattice(line, pair)?),
            "origin" => match numbers::<3>(pair.value) {
                Some(origin) => self.origin = Some(origin),
                None => return fail("`Origin` needs three numbers", "write Origin=\"0 0 0\""),
            },
            "pbc" => match flags(pair.value) {
                Some(flags) => self.periodic = Some(flags),
                None => return fail("`pbc` needs three of T or F", "write pbc=\"T T T\""),
            },
            "properties" => self.columns = Some(properties(line, pair)?),
            // A comment may say anything; only what is surely meant counts.
            "time" => self.time = pair.value.parse().ok().filter(|t: &f64| t.is_finite()),
            "step" => self.step = pair.value.parse().ok(),
            _ => {}
        }
        Ok(())
    }
}

/// Nine numbers, rows are the box vectors; only right angles along the axes.
fn lattice(line: &str, pair: &Pair<'_>) -> Result<[f64; 3], Mistake> {
    let fail = |message, help| Err(mistake(line, pair.start, pair.end, message, help));
    let Some(m) = numbers::<9>(pair.value) else {
        return fail("`Lattice` needs nine finite numbers", "write Lattice=\"Lx 0 0 0 Ly 0 0 0 Lz\"");
    };
    if (0..9).any(|i| i % 4 != 0 && m[i] != 0.0) {
        return fail("the box is not orthorhombic", "only boxes with edges along x, y and z are read; convert the configuration to one");
    }
    positive([m[0], m[4], m[8]]).ok_or_else(|| not_positive(line, pair.start))
}

/// `name:type:width` triples.
fn properties(line: &str, pair: &Pair<'_>) -> Result<Vec<(Role, usize)>, Mistake> {
    let fail = |message: String| mistake(line, pair.start, pair.end, message, "write Properties=species:S:1:pos:R:3");
    let parts: Vec<&str> = pair.value.split(':').collect();
    if !parts.len().is_multiple_of(3) {
        return Err(fail("`Properties` is not a list of name:type:width".into()));
    }
    let mut columns = Vec::new();
    let mut total = 0;
    for part in parts.chunks_exact(3) {
        let width = part[2].parse::<usize>().ok().filter(|w| (1..=MAX_COLUMNS).contains(w));
        let width = width.ok_or_else(|| fail(format!("`{}` is not a width from 1 to {MAX_COLUMNS}", part[2])))?;
        total += width;
        let role = role(part[0]);
        let wanted = match role {
            Role::Species | Role::Id => 1,
            Role::Position | Role::Velocity => 3,
            Role::Other => width,
        };
        if width != wanted {
            return Err(fail(format!("`{}` needs {wanted} columns", part[0])));
        }
        if role != Role::Other && columns.iter().any(|&(r, _)| r == role) {
            return Err(fail(format!("`{}` stands twice", part[0])));
        }
        columns.push((role, width));
    }
    if total > MAX_COLUMNS {
        return Err(fail(format!("more than {MAX_COLUMNS} columns")));
    }
    if !columns.iter().any(|&(role, _)| role == Role::Position) {
        return Err(fail("`Properties` has no `pos`".into()));
    }
    Ok(columns)
}

fn role(name: &str) -> Role {
    match name.to_ascii_lowercase().as_str() {
        "species" | "element" | "symbols" => Role::Species,
        "id" => Role::Id,
        "pos" | "positions" => Role::Position,
        "vel" | "velo" | "velocity" | "velocities" => Role::Velocity,
        _ => Role::Other,
    }
}

struct Pair<'a> {
    key: &'a str,
    value: &'a str,
    start: usize,
    end: usize,
}

/// Pairs `key=value`; the value may stand in "…", '…', {…} or […]. Words without `=` are skipped.
fn pairs(line: &str) -> Vec<Pair<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let start = at + rest.len() - rest.trim_start().len();
        let key_length = line[start..].find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(line.len() - start);
        let after_key = start + key_length;
        if !line[after_key..].starts_with('=') {
            at = after_key.max(at + 1);
            while !line.is_char_boundary(at) {
                at += 1;
            }
            continue;
        }
        let (value, end) = value(line, after_key + 1);
        found.push(Pair { key: line[start..after_key].trim_matches('"'), value, start, end });
        at = end;
    }
    found
}

fn value(line: &str, start: usize) -> (&str, usize) {
    let rest = &line[start..];
    let close = match rest.bytes().next() {
        Some(b @ (b'"' | b'\'')) => Some(b as char),
        Some(b'{') => Some('}'),
        Some(b'[') => Some(']'),
        _ => None,
    };
    match close.and_then(|close| rest[1..].find(close)) {
        Some(length) => (&rest[1..=length], start + length + 2),
        None => {
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (&rest[..length], start + length)
        }
    }
}

fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let mut values = [0.0; N];
    let mut words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
    for value in &mut values {
        *value = words.next()?.parse().ok().filter(|x: &f64| x.is_finite())?;
    }
    words.next().is_none().then_some(values)
}

fn flags(text: &str) -> Option<[bool; 3]> {
    let mut flags = [false; 3];
    let mut words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
    for flag in &mut flags {
        *flag = match words.next()?.to_ascii_lowercase().as_str() {
            "t" | "true" | "1" => true,
            "f" | "false" | "0" => false,
            _ => return None,
        };
    }
    words.next().is_none().then_some(flags)
}

fn positive(lengths: [f64; 3]) -> Option<[f64; 3]> {
    lengths.iter().all(|&x| x > 0.0).then_some(lengths)
}

fn not_positive(line: &str, start: usize) -> Mistake {
    mistake(line, start, line.len(), "the box has an edge that is not positive", "give three lengths greater than zero")
}

fn mistake(line: &str, start: usize, end: usize, message: impl Into<String>, help: &'static str) -> Mistake {
    Mistake { start, end: end.min(line.len()), message: message.into(), help }
}
