//! JSON to the tree: RFC 8259 with places, duplicate keys refused. (General JSON libraries keep no places.)

use super::{Entry, MAX_DEPTH, Node, Value, number, too_deep};
use crate::error::{Collector, Span};

pub(super) fn parse(text: &str, source: usize, errors: &mut Collector) -> Option<Node> {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut parser = Parser { text, at: start, source, errors };
    let node = parser.value(0);
    parser.space();
    if node.is_some() && parser.at < text.len() {
        return parser.fail("something follows after the closing brace", "remove it");
    }
    node
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    source: usize,
    errors: &'a mut Collector,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Option<Node> {
        self.space();
        let start = self.at;
        if depth > MAX_DEPTH {
            too_deep(self.span(start, start + 1), self.errors);
            return None;
        }
        let value = match self.peek() {
            Some(b'{') => self.table(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            _ => self.word()?,
        };
        Some(Node { span: self.span(start, self.at), value })
    }

    fn table(&mut self, depth: usize) -> Option<Value> {
        let mut entries: Vec<Entry> = Vec::new();
        self.at += 1;
        while !self.closes(b'}', entries.is_empty())? {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return self.fail("expected a key in double quotes", "write \"key\": value");
            }
            let key = self.string()?;
            let key_span = self.span(start, self.at);
            self.space();
            if self.peek() != Some(b':') {
                return self.fail("expected `:` after the key", "write \"key\": value");
            }
            self.at += 1;
            let node = self.value(depth + 1)?;
            entries.push(Entry { key, key_span, node });
        }
        self.refuse_duplicates(&mut entries);
        Some(Value::Table(entries))
    }

    fn refuse_duplicates(&mut self, entries: &mut [Entry]) {
        entries.sort_by(|a, b| a.key.cmp(&b.key).then(a.key_span.cmp(&b.key_span)));
        for pair in entries.windows(2).filter(|pair| pair[0].key == pair[1].key) {
            self.errors.scene(pair[1].key_span, format!("duplicate key `{}`", pair[1].key), "keep one of the two");
        }
        entries.sort_by_key(|e| e.key_span);
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        self.at += 1;
        while !self.closes(b']', items.is_empty())? {
            items.push(self.value(depth + 1)?);
        }
        Some(Value::Array(items))
    }

    /// Consumes the closing bracket, or the comma before the next item.
    fn closes(&mut self, bracket: u8, first: bool) -> Option<bool> {
        self.space();
        match self.peek() {
            Some(b) if b == bracket => {
                self.at += 1;
                Some(true)
            }
            Some(b',') if !first => {
                self.at += 1;
                Some(false)
            }
            Some(_) if first => Some(false),
            _ => self.fail(&format!("expected `,` or `{}`", bracket as char), "separate values by commas and close every bracket"),
        }
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        while end < bytes.len() && bytes[end] != b'"' && bytes[end] >= 0x20 {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        if bytes.get(end) != Some(&b'"') {
            return self.fail("text without closing quote", "end it with \"");
        }
        self.at = end + 1;
        match self.text.get(start..=end).map(serde_json::from_str::<String>) {
            Some(Ok(text)) => Some(text),
            _ => {
                self.at = start;
                self.fail("text with an unknown escape", "escapes are \\n, \\t, \\\", \\\\, \\u0041")
            }
        }
    }

    fn number(&mut self) -> Option<f64> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.')).unwrap_or(rest.len());
        let digits = &rest[..length];
        if !is_json_number(digits) {
            return self.fail(&format!("`{digits}` is not a number"), "write numbers like -9.8, 20 or 1e-3");
        }
        self.at += length;
        Some(number::parse(digits, 10))
    }

    fn word(&mut self) -> Option<Value> {
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Other("`null`"))] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Some(value);
            }
        }
        self.fail("expected a value", "a value is a number, a \"text\", true, false, [ … ] or { … }; NaN and Infinity are none")
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { source: self.source, start, end }
    }

    fn fail<T>(&mut self, message: &str, help: &str) -> Option<T> {
        let place = self.span(self.at, self.at + 1);
        self.errors.scene(place, format!("not valid JSON: {message}"), help);
        None
    }
}

/// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_json_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}
