//! Files of particles in pieces: the pieces make no difference, what is wrong is told with its place, and no cut or damage is a panic.

use motes_scene::stream::{Outline, Reader, Rows, Sink, Survey, Total, settle};
use motes_scene::{InputError, Options, compile_for, xyz};
use proptest::prelude::*;

/// Everything that was handed on.
#[derive(Default, Debug, PartialEq)]
struct All {
    position: Vec<f32>,
    low: Vec<f32>,
    velocity: Vec<f32>,
    species: Vec<u32>,
    id: Vec<u32>,
}

impl Sink for All {
    fn take(&mut self, first: u64, rows: &Rows) {
        assert_eq!(first as usize, self.id.len(), "batches follow each other");
        self.position.extend(&rows.position);
        self.low.extend(&rows.position_low);
        self.velocity.extend(&rows.velocity);
        self.species.extend(&rows.species);
        self.id.extend(&rows.id);
    }
}

/// Pieces that end at the cuts.
fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([bytes.len()]).collect();
    ends.sort_unstable();
    let mut begin = 0;
    ends.into_iter().map(|end| &bytes[std::mem::replace(&mut begin, end)..end]).collect()
}

fn read(file: &str, pieces: &[&[u8]], species: &[&str]) -> Result<(All, Total), InputError> {
    let (mut reader, mut all) = (Reader::new(file), All::default());
    reader.name_species(&species.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    for piece in pieces {
        let used = reader.read_head(piece)?;
        if reader.feed(&piece[used..], &mut all)? {
            break;
        }
    }
    let total = reader.finish(&mut all)?;
    assert_eq!(total.count as usize, all.id.len());
    Ok((all, total))
}

fn outline(file: &str, pieces: &[&[u8]]) -> Result<Outline, InputError> {
    let (mut reader, mut survey): (_, Option<Survey>) = (Reader::new(file), None);
    for piece in pieces {
        let used = reader.read_head(piece)?;
        if survey.is_none() {
            survey = reader.head().map(Survey::new);
        }
        if let Some(survey) = &mut survey
            && (survey.is_settled() || survey.feed(&mut reader, &piece[used..])?)
        {
            break;
        }
    }
    let Some(mut survey) = survey else { return Err(reader.finish(&mut ()).expect_err("a file without a head")) };
    survey.finish(&mut reader)?;
    Ok(survey.outline(file))
}

fn refusal(file: &str, bytes: &[u8], species: &[&str]) -> String {
    read(file, &[bytes], species).expect_err("a bad file").to_string()
}

fn npy(version: u8, description: &str, data: &[u8]) -> Vec<u8> {
    let mut out = b"\x93NUMPY".to_vec();
    out.extend([version, 0]);
    let length = description.len() as u32;
    if version == 1 {
        out.extend((length as u16).to_le_bytes())
    } else {
        out.extend(length.to_le_bytes())
    }
    out.extend(description.as_bytes());
    out.extend(data);
    out
}

fn described(kind: &str, shape: &str) -> String {
    format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}    \n")
}

type Row = ([f64; 3], [f64; 3], u32);

/// The same particles in every format that holds all of them to the last digit: name, bytes, and whether species and ids are in it.
fn files(rows: &[Row]) -> Vec<(&'static str, Vec<u8>, bool)> {
    let join = |v: &[f64], separator: &str| v.iter().map(f64::to_string).collect::<Vec<_>>().join(separator);
    let (mut xyz, mut csv, mut ascii) = (String::new(), "# about\n\"x\",y , z,mass,VX,vy,vz,species,id\r\n".to_owned(), String::new());
    let (mut binary, mut double) = (Vec::new(), Vec::new());
    for (k, (position, velocity, species)) in rows.iter().enumerate() {
        let (p, v, id) = (join(position, " "), join(velocity, " "), k * 3 + 7);
        xyz.push_str(&format!("s{species} {id} {p} {v}\n"));
        csv.push_str(&format!("{},1.5, {},\"s{species}\",{id}\r\n", join(position, ","), join(velocity, ",")));
        ascii.push_str(&format!("{p} 9 {v} {species} {id}\n"));
        position.iter().for_each(|x| binary.extend(x.to_le_bytes()));
        binary.push(9);
        velocity.iter().for_each(|x| binary.extend(x.to_le_bytes()));
        binary.push(*species as u8);
        binary.extend((id as u32).to_le_bytes());
        position.iter().chain(velocity).for_each(|x| double.extend(x.to_le_bytes()));
    }
    let n = rows.len();
    let vertex = "property double x\nproperty float64 y\nproperty double z\nproperty uchar red\nproperty double vx\nproperty double vy\nproperty double vz\n\
                  property uchar species\nproperty uint id\nelement face 0\nproperty list uchar int vertex_indices\nend_header\n";
    let heading = |format: &str| format!("ply\nformat {format} 1.0\ncomment made here\nelement pad 2\nproperty short a\nelement vertex {n}\n{vertex}");
    let extended = format!("{n}\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:id:I:1:pos:R:3:vel:R:3\n{xyz}{n}\nthe next frame\n");
    let mut files = vec![
        ("a.xyz", extended.into_bytes(), true),
        ("a.csv", (csv + "\n\n").into_bytes(), true),
        ("a.ply", [heading("binary_little_endian").as_bytes(), &[1, 0, 2, 0], &binary].concat(), true),
        ("b.ply", format!("{}1\n2\n{ascii}", heading("ascii")).into_bytes(), true),
    ];
    files.extend([1, 2, 3].map(|version| ("a.npy", npy(version, &described("<f8", &format!("{n}, 6")), &double), false)));
    files
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-1e6..1e6f64, -1.0..1.0f64, Just(0.0), Just(1e-30), Just(-3.4e38)]
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: if std::env::var_os("MOTES_FULL").is_some() { 4_000 } else { 200 }, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]
    #[test]
    fn every_format_brings_the_same_particles_whatever_the_pieces(
        rows in prop::collection::vec(([number(), number(), number()], [number(), number(), number()], 0..3u32), 1..40),
        cuts in prop::collection::vec(0..100_000usize, 0..60),
    ) {
        let species = ["s0", "s1", "s2"];
        for (file, bytes, full) in files(&rows) {
            let (all, total) = read(file, &[&bytes], &species).map_err(|e| TestCaseError::fail(format!("{file}: {e}")))?;
            prop_assert_eq!(&read(file, &pieces(&bytes, &cuts), &species).unwrap(), &(all, total));
            let (all, _) = read(file, &[&bytes], &species).unwrap();
            for (k, (position, velocity, s)) in rows.iter().enumerate() {
                for axis in 0..3 {
                    let (high, low) = (all.position[3 * k + axis], all.low[3 * k + axis]);
                    prop_assert_eq!(high, position[axis] as f32);
                    prop_assert!((f64::from(high) + f64::from(low) - position[axis]).abs() <= position[axis].abs() * 1e-13 + 1e-44);
                    prop_assert_eq!(all.velocity[3 * k + axis], velocity[axis] as f32);
                }
                prop_assert_eq!((all.species[k], all.id[k]), if full { (*s, k as u32 * 3 + 7) } else { (0, k as u32) });
            }
            let one = outline(file, &[&bytes]).unwrap();
            prop_assert_eq!(one.count as usize, rows.len());
            prop_assert_eq!(one, outline(file, &pieces(&bytes, &cuts)).unwrap());
        }
    }

    #[test]
    fn damage_is_an_error_with_a_place_or_other_particles(at in 0..100_000usize, byte in any::<u8>(), cut in 0..100_000usize, which in 0..7usize) {
        let rows = [([1.0, 2.5, -3.0], [0.5, 0.0, 1.0], 1), ([4.0, 5.0, 6.0], [0.0; 3], 0)];
        let (file, mut bytes, _) = files(&rows).swap_remove(which);
        let at = at % bytes.len();
        bytes[at] = byte;
        let whole = read(file, &[&bytes], &["s0", "s1"]).map_err(|e| e.to_string());
        let parts = read(file, &pieces(&bytes, &[cut, at, at + 1]), &["s0", "s1"]).map_err(|e| e.to_string());
        prop_assert_eq!(&whole, &parts);
        if let Err(message) = whole {
            prop_assert!(message.contains(&format!("--> {file}:")) && message.contains("help: "), "{}", message);
        }
    }

    #[test]
    fn ids_are_checked_and_free_ones_found_wherever_they_lie(
        taken in prop::collection::hash_set(prop_oneof![0..60u32, Just(u32::MAX), (1 << 25) - 3..(1 << 25) + 3u32, any::<u32>()], 1..40), free in 0..20usize,
    ) {
        let mut ids: Vec<u32> = taken.iter().copied().chain((0..free).map(|_| 0)).collect();
        prop_assert_eq!(settle(&mut ids, taken.len()), Ok(()));
        let lowest: Vec<u32> = (0..).filter(|id| !taken.contains(id)).take(free).collect();
        prop_assert_eq!(&ids[taken.len()..], &lowest[..]);
        ids[taken.len() / 2] = ids[0];
        let doubled = if taken.len() > 1 { Err((0, taken.len() / 2)) } else { Ok(()) };
        prop_assert_eq!(settle(&mut ids, taken.len()), doubled);
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_at_its_end_or_whole() {
    let rows = [([1.0, 2.5, -3.0], [0.5, 0.0, 1.25], 1), ([4.0, 5.0, 6.0], [0.5; 3], 0)];
    for (file, bytes, _) in files(&rows) {
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            match read(file, &[cut], &["s0", "s1"]) {
                // A table tells no count: what is left of one at a line's end is a table.
                Ok((all, _)) => assert!(all.id.len() == 2 || (file == "a.csv" && all.id.len() == 1), "{file}: {length} of {}", bytes.len()),
                Err(error) => {
                    let (message, line) = (error.to_string(), cut.split_inclusive(|&b| b == b'\n').count().max(1));
                    let placed = message.contains(&format!("{file}:{line}")) || message.contains(&format!("{file}: byte {length}\n"));
                    assert!(placed && message.contains("help: "), "{length}: {message}");
                    // Whoever asks for the outline first is refused or finds the particles that are counted in the head.
                    let _ = outline(file, &[cut]);
                }
            }
        }
    }
}

#[test]
fn the_reader_of_frames_and_the_stream_agree() {
    let text = "2\nLattice=\"8 0 0 0 8 0 0 0 8\" Properties=species:S:1:pos:R:3\nA -3.9 0 1\nA 1 2 3.25\n";
    let configuration = xyz::read_first(text.as_bytes(), "a.xyz").unwrap();
    assert_eq!(outline("a.xyz", &[text.as_bytes()]).unwrap(), Outline::from(&configuration));
    assert_eq!(Outline::from(&configuration).min, [-4.0; 3]);
    let elsewhere = text.replace("-3.9", "4.1");
    assert_eq!(outline("a.xyz", &[elsewhere.as_bytes()]).unwrap().min, [0.0; 3]);
    let told = text.replace("Properties", "Origin=\"1 2 3\" Properties");
    assert_eq!(outline("a.xyz", &[told.as_bytes()]).unwrap().min, [1.0, 2.0, 3.0]);
}

#[test]
fn a_box_that_begins_elsewhere_needs_no_second_look_at_the_rest() {
    // The first batch settles it: what is wrong behind that is found when the rows are read.
    let text = format!("5000\ncell: 8 8 8\n{}A 1 2 nonsense\n", "A 7 7 7\n".repeat(4999));
    let pieces = pieces(text.as_bytes(), &[text.len() - 100]);
    assert_eq!(outline("a.xyz", &pieces).unwrap().min, [0.0; 3]);
    assert!(read("a.xyz", &pieces, &[]).unwrap_err().to_string().contains("`nonsense` is not a number (position z)\n     --> a.xyz:5002:7"));
    let told = text.replace("cell: 8 8 8", "Lattice=\"99 0 0 0 99 0 0 0 99\"");
    assert!(outline("a.xyz", &[told.as_bytes()]).is_err(), "a box that may lie about the origin is looked at to the end");
}

#[test]
fn too_many_particles_are_refused_by_the_outline_alone() {
    let scene = "version = 1\n[[force]]\nkind = \"gravity\"\n";
    for count in ["32000001", "18446744073709551615"] {
        let bytes = npy(1, &described("<f4", &format!("{count}, 3")), &[]);
        let error = compile_for(scene, &Options::default(), &outline("big.npy", &[&bytes]).unwrap()).unwrap_err();
        assert_eq!(error.class(), motes_scene::ErrorClass::Limit);
        let message = error.to_string();
        assert!(message.contains(&format!("big.npy: the scene has {count} particles")) && message.contains("at most 32000000 particles"), "{message}");
    }
    let fits = compile_for(scene, &Options::default(), &Outline { count: 32_000_000, ..Outline::default() }).unwrap();
    assert!(fits.given.is_empty() && fits.particle_count == 32_000_000);
}

#[test]
fn text_is_refused_with_its_line() {
    for (file, text, words) in [
        ("a.xyz", "", "the file is empty"),
        ("a.xyz", "0\n\n", "the file has no particles\n  --> a.xyz:1:1"),
        ("a.xyz", "2\n\ns0 1 2 3\n", "the file ends after 1 of 2 particles\n  --> a.xyz:3:1"),
        ("a.xyz", "1\n\ns0 1 2 3\ns0 1 2 3\n", "there is more behind the last of 1 particles, and it is not another frame\n  --> a.xyz:4:1"),
        ("a.xyz", "1\n\nQq 1 2 3\n", "`Qq` is no species of the scene\n  --> a.xyz:3:1"),
        ("a.xyz", "1\n\ns0 1 2\n", "the line ends where position z should stand\n  --> a.xyz:3:7"),
        ("a.xyz", "1\n\ns0 1 inf 3\n", "position y is not finite\n  --> a.xyz:3:6"),
        ("a.xyz", "1\n\ns0 1 1e39 3\n", "position y is too large\n  --> a.xyz:3:6"),
        ("a.csv", "", "the file is empty"),
        ("a.csv", "# only\n\n", "the file is empty"),
        ("a.csv", "x,y,z\n", "the file has no particles\n  --> a.csv:1:1"),
        ("a.csv", "1,2,3\n", "the file has no heading\n  --> a.csv:1:1"),
        ("a.csv", "x,y\n1,2\n", "there is no `z`\n  --> a.csv:1:1"),
        ("a.csv", "x,y,z,vx\n", "there is no `vy`"),
        ("a.csv", "x,y,z,X\n", "`x` stands twice"),
        ("a.csv", "x,y,z\n1,2,3\n1,2\n", "the line has 2 columns and should have 3\n  --> a.csv:3:4"),
        ("a.csv", "x,y,z\n1,2,3,4\n", "the line has more than 3 columns\n  --> a.csv:2:7"),
        ("a.csv", "x,y,z\n1,2,nan\n", "position z is not finite\n  --> a.csv:2:5"),
        ("a.csv", "x;y;z\n1;2;2,5\n", "`2,5` is not a number (position z)\n  --> a.csv:2:5"),
        ("a.csv", "x,y,z\n1,2,3\n\n1,2,3\n", "there is more behind the last of 1 particles\n  --> a.csv:4:1"),
        ("a.csv", "x,y,z,species\n1,2,3,2\n", "`2` is no species of the scene\n  --> a.csv:2:7"),
        ("a.csv", "x,y,z,id\n1,2,3,-1\n", "`-1` is not an id\n  --> a.csv:2:7"),
        ("a.ply", "ply\r\nformat binary_big_endian 1.0\n", "this format is not read"),
        ("a.ply", "plx\n", "this is not a PLY file\n  --> a.ply:1:1"),
        ("a.ply", "ply\nformat ascii 1.0\nelement vertex 0\n", "the file has no particles\n  --> a.ply:3:1"),
        ("a.ply", "ply\nformat ascii 1.0\nelement vertex many\n", "`many` is not a number of records"),
        (
            "a.ply",
            "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n",
            "there is no `y` among the properties of `vertex`\n  --> a.ply:5:1",
        ),
        ("a.ply", "ply\nelement vertex 1\nproperty real x\n", "`real` is no type of a property\n  --> a.ply:3:1"),
        ("a.ply", "ply\nproperty float x\n", "a property stands before the first element"),
        ("a.ply", "ply\nformat ascii 1.0\nend_header\n", "there is no element `vertex`"),
        ("a.ply", "ply\nelement vertex 1\nend_header\n", "there is no line `format`"),
        ("a.ply", "ply\nformat ascii 1.0\nelement vertex 1\nproperty list uchar int i\nend_header\n", "a list stands among or before the vertices"),
        ("a.ply", "ply\nelement vertex 1\nwhat\n", "this is no line of a PLY heading\n  --> a.ply:3:1"),
        ("a.ply", "ply\nelement vertex 1\n", "the file ends in its heading\n  --> a.ply:2"),
    ] {
        let message = refusal(file, text.as_bytes(), &["s0", "s1"]);
        assert!(message.contains(words), "{text:?}: {message}");
    }
    let heading = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n";
    let message = |rest: &str| refusal("a.ply", format!("{heading}{rest}").as_bytes(), &[]);
    assert!(message("1 2 3\n").contains("the file ends after 1 of 2 particles\n  --> a.ply:8"), "{}", message("1 2 3\n"));
    assert!(message("1 2 3\n1 2 3\n4\n").contains("there is more behind the last of 2 particles\n   --> a.ply:10:1"));
    let long = format!("1\n{}\n", "x".repeat(2 << 20));
    assert!(refusal("a.xyz", long.as_bytes(), &[]).contains("a line longer than 1048576 bytes\n  --> a.xyz:2:1"));
    assert!(refusal("a.xyz", b"1\n\nA 1 \xff 3\n", &[]).contains("a byte that is not text (UTF-8)\n  --> a.xyz:3:5"));
}

#[test]
fn records_are_refused_with_their_byte() {
    let floats = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let (kind, data) = (described("<f4", "2, 3"), floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    let begin = 10 + kind.len();
    let cases: Vec<(Vec<u8>, String)> = vec![
        (b"NUMPY\x93\x01\x00".to_vec(), "this is not an NPY file\n  --> a.npy: byte 0".into()),
        (npy(4, &kind, &data), "the file is of version 4; 1, 2 and 3 are read\n  --> a.npy: byte 6".into()),
        (npy(2, &" ".repeat(70_000), &[]), "the description of the array has 70000 bytes".into()),
        (npy(1, "nothing", &data), "the description of the array cannot be read\n  --> a.npy: byte 10".into()),
        (npy(1, &described(">f4", "2, 3"), &data), "the array is of type `>f4`".into()),
        (npy(1, &described("<i4", "2, 3"), &data), "the array is of type `<i4`".into()),
        (npy(1, &kind.replace("False", "True"), &data), "the array is in Fortran order".into()),
        (npy(1, &described("<f4", "2, 4"), &data), "the array is of shape (2, 4)".into()),
        (npy(1, &described("<f4", "6,"), &data), "the array is of shape (6)".into()),
        (npy(1, &described("<f4", "0, 3"), &[]), "the file has no particles\n  --> a.npy: byte 10".into()),
        (npy(1, &kind, &data[..20]), format!("the file ends after 1 of 2 particles\n  --> a.npy: byte {}", begin + 20)),
        (npy(1, &kind, &[&data[..], &[0]].concat()), format!("there are bytes behind the last of 2 particles\n  --> a.npy: byte {}", begin + 24)),
        (npy(1, &kind, &[&data[..], &data[..]].concat()), format!("there are bytes behind the last of 2 particles\n  --> a.npy: byte {}", begin + 24)),
        (npy(1, &kind, &floats(&[1.0, 2.0, 3.0, 4.0, f32::NAN, 6.0])), format!("position y of particle 1 is not finite\n  --> a.npy: byte {}", begin + 16)),
        (npy(1, &kind, &floats(&[f32::INFINITY; 6])), format!("position x of particle 0 is not finite\n  --> a.npy: byte {begin}")),
        (npy(1, &described("<f8", "1, 3"), &[1e39f64; 3].map(f64::to_le_bytes).concat()), "position x of particle 0 is too large".into()),
    ];
    for (bytes, words) in cases {
        let message = refusal("a.npy", &bytes, &[]);
        assert!(message.contains(&words), "{message}\nshould have: {words}");
        let bitwise: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read("a.npy", &bitwise, &[]).expect_err("as bad in pieces").to_string(), message);
    }
    let heading = "ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nproperty int species\nproperty int id\nend_header\n";
    let vertex = |species: i32, id: i32| [heading.as_bytes(), &floats(&[1.0, 2.0, 3.0]), &species.to_le_bytes(), &id.to_le_bytes()].concat();
    let at = heading.len();
    let (good, names) = (vertex(1, 5), ["s0", "s1"]);
    assert_eq!(read("a.ply", &[&good], &names).unwrap().0.id, [5]);
    for (bytes, words) in [
        (vertex(2, 0), format!("2 is no species of the scene\n  --> a.ply: byte {}", at + 12)),
        (vertex(0, -1), format!("-1 is not an id\n  --> a.ply: byte {}", at + 16)),
        (good[..at + 19].to_vec(), format!("the file ends after 0 of 1 particles\n  --> a.ply: byte {}", at + 19)),
        ([&good[..], b"\n"].concat(), format!("there is more behind the last of 1 particles\n  --> a.ply: byte {}", at + 20)),
        (
            [heading.as_bytes(), &floats(&[1.0, f32::NAN, 3.0, 0.0, 0.0])].concat(),
            format!("position y of particle 0 is not finite\n  --> a.ply: byte {}", at + 4),
        ),
    ] {
        let message = refusal("a.ply", &bytes, &names);
        assert!(message.contains(&words), "{message}\nshould have: {words}");
    }
}

#[test]
fn the_format_is_told_by_name_and_content() {
    let array = npy(1, &described("<f4", "1, 3"), &[0; 12]);
    for file in ["a.npy", "a.xyz", "download", "a.csv"] {
        assert_eq!(read(file, &[&array], &[]).expect("an array under any name").0.id, [0], "{file}");
    }
    for (file, text) in [
        ("points", "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nend_header\n1 2 3\n"),
        ("frame.txt", "1\n\nA 1 2 3\n"),
        ("table.txt", "x,y,z\n1,2,3"),
        ("table.tsv", "\u{feff}x\ty\tz\n1\t2\t3\n"),
        ("TABLE.CSV", "px,x,y,z\n0,1,2,3"),
    ] {
        assert_eq!(read(file, &[text.as_bytes()], &[]).expect(file).0.position, [1.0, 2.0, 3.0], "{file}");
    }
}
