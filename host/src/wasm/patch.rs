//! Wasm modules as bytes: what has to change in physics.wasm before threads can share it; `web/module.js` does the same.
//!
//! One file serves both kinds of memory. For shared memory the import's limits get the `shared` bit; for threads after the
//! first the data and start sections are taken out, so that instantiating them does not write over what others use already.

use motes_scene::plug_in::leb128;
use std::ops::Range;

const IMPORT: u8 = 2;
const START: u8 = 8;
const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;
const HAS_MAXIMUM: u8 = 1;
const SHARED_BIT: u8 = 2;

/// Reads numbers of a module, keeping its place; `None` where it is cut off or no module.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.at += 1;
        self.bytes.get(self.at - 1).copied()
    }

    /// An unsigned LEB128 number of at most 35 bits.
    fn number(&mut self) -> Option<usize> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn skip_name(&mut self) -> Option<()> {
        let length = self.number()?;
        self.at = self.at.checked_add(length)?;
        Some(())
    }

    /// Skips limits and comes back with the place of their flags.
    fn limits(&mut self) -> Option<usize> {
        let flags = self.at;
        let kind = self.byte()?;
        self.number()?;
        if kind & 1 != 0 {
            self.number()?;
        }
        Some(flags)
    }
}

struct Section {
    id: u8,
    body: usize,
    whole: Range<usize>,
}

fn sections(bytes: &[u8]) -> Option<Vec<Section>> {
    let mut found = Vec::new();
    let mut cursor = Cursor { bytes, at: bytes.starts_with(b"\0asm\x01\0\0\0").then_some(8)? };
    while cursor.at < bytes.len() {
        let start = cursor.at;
        let id = cursor.byte()?;
        let length = cursor.number()?;
        let body = cursor.at;
        cursor.at = body.checked_add(length).filter(|end| *end <= bytes.len())?;
        found.push(Section { id, body, whole: start..cursor.at });
    }
    Some(found)
}

/// A copy of the module that imports shared memory; `None` for what is no module. Shared memory has a maximum, so a module that asks for none is
/// given that of 32 bits.
pub(crate) fn with_shared_memory(bytes: &[u8]) -> Option<Vec<u8>> {
    let section = sections(bytes)?.into_iter().find(|section| section.id == IMPORT)?;
    let mut cursor = Cursor { bytes, at: section.body };
    let mut limits = None;
    for _ in 0..cursor.number()? {
        cursor.skip_name()?;
        cursor.skip_name()?;
        match cursor.byte()? {
            0 => drop(cursor.number()?),
            1 => drop((cursor.byte()?, cursor.limits()?)),
            2 => limits = Some((cursor.limits()?, cursor.at)),
            3 => cursor.at += 2,
            _ => return None,
        }
    }
    let (flags, end) = limits?;
    let mut copy = bytes.to_vec();
    copy[flags] |= SHARED_BIT | HAS_MAXIMUM;
    if bytes[flags] & HAS_MAXIMUM != 0 {
        return Some(copy);
    }
    let body = [&copy[section.body..end], &leb128(super::MOST_PAGES as usize), &copy[end..section.whole.end]].concat();
    Some([&copy[..section.whole.start], &[IMPORT], &leb128(body.len()), &body, &copy[section.whole.end..]].concat())
}

/// Contents of the custom section of that name.
pub(super) fn custom_section<'a>(bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let customs = sections(bytes)?.into_iter().filter(|section| section.id == 0);
    customs
        .filter_map(|section| {
            let mut cursor = Cursor { bytes, at: section.body };
            let length = cursor.number()?;
            let contents = bytes.get(cursor.at..section.whole.end)?;
            (contents.get(..length)? == name.as_bytes()).then(|| &contents[length..])
        })
        .next()
}

/// A copy of the module that leaves memory as it is when instantiated; `None` for what is no module.
pub(crate) fn without_data(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = bytes.get(..8)?.to_vec();
    for section in sections(bytes)?.into_iter().filter(|section| ![START, DATA, DATA_COUNT].contains(&section.id)) {
        copy.extend_from_slice(&bytes[section.whole]);
    }
    Some(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(module (import "env" "memory" (memory 0 65536)) (data (i32.const 0) "x"))`
    const MODULE: &[u8] = b"\0asm\x01\0\0\0\x02\x12\x01\x03env\x06memory\x02\x01\0\x80\x80\x04\x0b\x07\x01\0\x41\0\x0b\x01x";

    #[test]
    fn one_bit_makes_memory_shared_and_helpers_have_no_data() {
        let shared = with_shared_memory(MODULE).unwrap();
        let changed: Vec<usize> = (0..MODULE.len()).filter(|&k| MODULE[k] != shared[k]).collect();
        assert_eq!((changed.as_slice(), MODULE.len()), (&[23][..], shared.len()));
        assert_eq!((MODULE[23], shared[23]), (1, 3));
        assert_eq!(without_data(MODULE).unwrap(), MODULE[..28]);
    }

    #[test]
    fn a_module_without_a_maximum_is_given_one() {
        // The limits are 0 and no more; the section is two bytes shorter.
        let unlimited = [&MODULE[..9], &[0x0f][..], &MODULE[10..23], &[0, 0], &MODULE[28..]].concat();
        assert_eq!(with_shared_memory(&unlimited).unwrap(), with_shared_memory(MODULE).unwrap());
    }

    #[test]
    fn what_is_no_module_is_refused_cut_off_anywhere() {
        assert!(with_shared_memory(&[0; 20]).is_none());
        for length in 0..MODULE.len() {
            let cut = &MODULE[..length];
            assert!(length == 8 || length == 28 || without_data(cut).is_none(), "{length}");
            assert!(length == 28 || with_shared_memory(cut).is_none(), "{length}");
        }
    }
}
