//! XYZ files that end too early, wherever they do: an error with file and line, or, where nothing is missing, the particles.

use motes_scene::xyz;

const PLAIN: &str = "3\ncell: 5.5 5.5 5.5\nAr 1.0 2.0 3.0\nAr 1.5 2 3\nAr -1e-3 0 4.25\n";
const EXTENDED: &str = "3\nLattice=\"5.0 0.0 0.0 0.0 5.0 0.0 0.0 0.0 5.0\" Properties=species:S:1:id:I:1:pos:R:3:vel:R:3 pbc=\"T T F\" Time=0.5 step=10\n\
                        Ar 0 1.0 2.0 3.0 0.1 0.2 0.3\nAr 1 1.5 2 3 0 0 0\nÄr 2 -1e-3 0 4.25 1 1 1\n";

/// Cuts before which nothing is missing: in the last line, behind its last column has begun.
fn whole(text: &str, length: usize) -> bool {
    length > text.trim_end().rfind(' ').expect("columns") + 1
}

#[test]
fn a_cut_file_is_refused_with_its_line() {
    for text in [PLAIN.to_owned(), EXTENDED.to_owned(), EXTENDED.replace('\n', "\r\n"), PLAIN.repeat(2)[..PLAIN.len()].to_owned()] {
        for length in 0..text.len() {
            let cut = &text.as_bytes()[..length];
            let line = cut.split_inclusive(|&b| b == b'\n').count().max(1);
            match xyz::read_first(cut, "cut.xyz") {
                Ok(configuration) => assert!(whole(&text, length) && configuration.particle_count() == 3, "{length} bytes were taken"),
                Err(error) => {
                    let message = error.to_string();
                    assert!(
                        !whole(&text, length) && message.contains(&format!("cut.xyz:{line}:")) && message.contains("help: "),
                        "{length}, line {line}: {message}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_trajectory_cut_in_its_second_frame_gives_the_first_and_then_an_error() {
    let text = EXTENDED.repeat(2);
    for length in EXTENDED.len() + 1..text.len() {
        let mut frames = xyz::Frames::new(&text.as_bytes()[..length], "cut.xyz");
        assert!(frames.next().is_some_and(|first| first.is_ok()), "{length}");
        let line = 5 + text.as_bytes()[EXTENDED.len()..length].split_inclusive(|&b| b == b'\n').count();
        match frames.next() {
            Some(Ok(_)) => assert!(whole(&text, length), "{length}"),
            Some(Err(error)) => assert!(error.to_string().contains(&format!("cut.xyz:{line}:")), "{length}: {error}"),
            None => panic!("{length}: half a frame is no end"),
        }
        assert!(frames.next().is_none(), "{length}: nothing comes after the end");
    }
}

#[test]
fn any_byte_changed_gives_particles_or_an_error_with_a_line() {
    for text in [PLAIN, EXTENDED] {
        for at in 0..text.len() {
            for byte in [0, b' ', b'\n', b'=', b'"', b'-', b'9', 0xff] {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = byte;
                if let Err(error) = xyz::read_first(bytes.as_slice(), "bad.xyz") {
                    assert!(error.to_string().contains("bad.xyz:"), "{error}");
                }
            }
        }
    }
}

#[test]
fn a_count_that_no_file_could_hold_costs_nothing() {
    for count in ["4294967295", "4294967296", "18446744073709551616", "-1", "1.5"] {
        let error = xyz::read_first(format!("{count}\n\nAr 1 2 3\n").as_bytes(), "boast.xyz").expect_err(count).to_string();
        assert!(error.contains("boast.xyz:"), "{count}: {error}");
    }
}
