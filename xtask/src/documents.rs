//! README.md and docs/: every command in them is run, every link leads somewhere.
//!
//! Lines of `sh` blocks run in a scratch folder that holds what the text takes for granted (a scene, files of particles).
//! `motes` and `cargo run … -p motes --` are the program as built for the tests. A window closes after three pictures, a server
//! is asked for its page and stopped, and chores that this one is part of must parse.

use crate::command::{program, root, run, target};
use crate::display::Display;
use crate::suites::Count;
use crate::{Cli, debian, plug_ins, web};
use anyhow::{Context, Result, bail, ensure};
use clap::Parser as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// README first, then docs in the order of their names.
fn documents() -> Result<Vec<PathBuf>> {
    let mut files = vec![root().join("README.md"), root().join("ARCHITECTURE.md"), root().join("CHANGELOG.md")];
    let mut docs: Vec<PathBuf> = fs::read_dir(root().join("docs"))?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    docs.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    docs.sort();
    files.append(&mut docs);
    Ok(files)
}

/// Lines of the blocks of one language, comments and empty lines left out.
fn lines<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let blocks = text.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n')).filter(|(head, _)| *head == language);
    let all = blocks.flat_map(|(_, body)| body.lines()).map(|line| line.split_once(" #").map_or(line, |(command, _)| command).trim());
    all.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// Targets of links to files, anchors left out.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link.split('#').next().unwrap_or(link));
    ends.filter(|link| !link.is_empty() && !link.contains("://"))
}

/// Runs every command and follows every link.
pub(crate) fn test(_: bool) -> Result<Count> {
    debian::provide(&debian::GRAPHICS)?;
    run(program("cargo", &["build", "--quiet", "-p", "motes"]))?;
    let (display, folder) = (Display::start()?, scratch()?);
    let mut count = Count::default();
    for file in documents()? {
        let text = fs::read_to_string(&file)?;
        let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        for link in links(&text) {
            note(&mut count, &format!("{name}: link to {link}"), || ensure_exists(&file, link));
        }
        for line in lines(&text, "sh") {
            note(&mut count, &format!("{name}: {line}"), || command(line, &folder, &display));
        }
    }
    Ok(count)
}

fn note(count: &mut Count, what: &str, work: impl FnOnce() -> Result<()>) {
    match work() {
        Ok(()) => count.passed += 1,
        Err(error) => {
            eprintln!("failed: {what}: {error:#}");
            count.failed += 1;
        }
    }
}

fn ensure_exists(file: &Path, link: &str) -> Result<()> {
    let path = file.parent().context("a folder")?.join(link);
    ensure!(path.exists(), "there is no {}", path.display());
    Ok(())
}

/// What commands of the documents read.
fn scratch() -> Result<PathBuf> {
    let folder = target().join("documents");
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("scenes"))?;
    for entry in fs::read_dir(root().join("scenes"))? {
        let path = entry?.path();
        fs::copy(&path, folder.join("scenes").join(path.file_name().unwrap_or_default()))?;
    }
    fs::copy(root().join("scenes/fountain.toml"), folder.join("my-scene.toml"))?;
    let head = "Lattice=\"10 0 0 0 10 0 0 0 10\" Properties=species:S:1:pos:R:3 pbc=\"T T T\"";
    let atoms: String = (0..64).map(|k| format!("Ar {} {} {}\n", k % 4 * 2 + 1, k / 4 % 4 * 2 + 1, k / 16 * 2 + 1)).collect();
    for name in ["start.xyz", "configuration.xyz"] {
        fs::write(folder.join(name), format!("64\n{head}\n{atoms}"))?;
    }
    // What `--engine wasm` runs, and another build of it.
    web::build_engine()?;
    fs::create_dir_all(folder.join("target/web"))?;
    for (from, to) in [("physics-all.wasm", "target/web/physics-all.wasm"), ("sync.wasm", "target/web/sync.wasm"), ("physics-all.wasm", "new.wasm")] {
        fs::copy(web::folder().join(from), folder.join(to))?;
    }
    plug_ins(&folder)?;
    fs::write(folder.join("stars.csv"), "x,y,z,vx,vy,vz\n0,1,0,0,0,0\n1,1,0,0,0.5,0\n")?;
    let vertex = "property float x\nproperty float y\nproperty float z\nend_header\n";
    fs::write(folder.join("cloud.ply"), format!("ply\nformat ascii 1.0\nelement vertex 2\n{vertex}0 1 0\n1 1 0\n"))?;
    let description = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    let array = [b"\x93NUMPY\x01\x00", &(description.len() as u16).to_le_bytes()[..], description.as_bytes(), &[0; 24]].concat();
    fs::write(folder.join("points.npy"), array)?;
    Ok(folder)
}

/// The sources that docs/plug-ins.md shows, which name their files in the first line, and what else its commands read.
fn plug_ins(folder: &Path) -> Result<()> {
    plug_ins::build()?;
    let text = fs::read_to_string(root().join("docs/plug-ins.md"))?;
    for (language, before, after) in [("c", "/* ", " */"), ("toml", "# ", "")] {
        for block in text.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')) {
            let name = block.lines().next().and_then(|line| line.strip_prefix(before)?.strip_suffix(after));
            fs::write(folder.join(name.context("a source without the name of its file")?), block)?;
        }
    }
    fs::create_dir_all(folder.join("plugins/api"))?;
    for header in ["motes.h", "motes_layout.h"] {
        fs::copy(root().join("plugins/api").join(header), folder.join("plugins/api").join(header))?;
    }
    fs::copy(root().join("plugins/examples/bottle/bottle.json"), folder.join("bottle.json"))?;
    fs::copy(target().join("tmp/bottle.wasm"), folder.join("bare.wasm"))?;
    for name in ["vortex.wasm", "lowpass.wasm"] {
        fs::copy(plug_ins::folder().join(name), folder.join(name))?;
    }
    fs::copy(web::folder().join("effects/echo.wasm"), folder.join("echo.wasm"))?;
    Ok(())
}

fn command(line: &str, folder: &Path, display: &Display) -> Result<()> {
    if let Some(chore) = line.strip_prefix("cargo xtask ") {
        return self::chore(line, chore);
    }
    let line = line.replace("cargo run --release -p motes --", "motes");
    ensure!(line.starts_with("motes") || line.starts_with("clang"), "who runs this command? documents.rs does not");
    let windowed = line.starts_with("motes view") && !line.contains("--screenshot") && !line.contains("--frames");
    let line = if windowed { format!("{line} --frames 3") } else { line };
    let bin = std::env::join_paths(std::iter::once(target().join("debug")).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())))?;
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-ec", &line]).current_dir(folder).env("PATH", bin).env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY");
    let output = shell.stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// A chore of this program: a server is tried, the others are what runs this test, or run in it.
fn chore(line: &str, chore: &str) -> Result<()> {
    Cli::try_parse_from(line.split_whitespace().skip(1))?;
    if chore.starts_with("web") && !chore.contains("--build-only") {
        web::build()?;
        return serves(chore);
    }
    Ok(())
}

/// The server as the text starts it, on a free port.
fn serves(chore: &str) -> Result<()> {
    let words = chore.split_whitespace().filter(|word| *word != "--open");
    let mut server = Command::new(std::env::current_exe()?);
    server.args(words).args(["--port", "0"]).current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut server = server.spawn()?;
    let answer = first_answer(server.stdout.take().context("its output")?);
    server.kill()?;
    server.wait()?;
    let page = answer?;
    ensure!(page.contains("200 OK") && page.contains("<title>"), "it serves no page: {page}");
    Ok(())
}

fn first_answer(out: impl Read) -> Result<String> {
    for line in BufReader::new(out).lines() {
        if let Some(address) = line?.strip_prefix("http://").and_then(|rest| Some(rest.split_once('/')?.0.to_owned())) {
            let mut stream = TcpStream::connect(&address)?;
            write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
            let mut page = String::new();
            stream.read_to_string(&mut page)?;
            return Ok(page);
        }
    }
    bail!("it ended before it told its address")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "Do [this](docs/a.md#part) or [that](https://b.example).\n```sh\nmotes run x   # why\n\n# a comment\nmotes scenes\n```\n```js\nlet k;\n```\n";

    #[test]
    fn commands_and_links_are_found() {
        assert_eq!(lines(TEXT, "sh"), ["motes run x", "motes scenes"]);
        assert_eq!(links(TEXT).collect::<Vec<_>>(), ["docs/a.md"]);
    }

    #[test]
    fn what_is_missing_or_unknown_is_refused() {
        assert!(ensure_exists(&root().join("README.md"), "no-such-file.md").is_err());
        assert!(chore("cargo xtask no-such-verb", "no-such-verb").is_err());
    }
}
