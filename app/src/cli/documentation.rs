//! docs/command-line.md against the arguments that the program takes: options and exit codes there are made from these.

use super::{Cli, EXIT_CODES};
use clap::{Arg, Command, CommandFactory};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/command-line.md");

/// `--every <K>`, `<SCENE>`.
fn name(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(|names| names.first()).filter(|_| argument.get_action().takes_values());
    match (argument.get_long(), value) {
        (Some(long), Some(value)) => format!("--{long} {value}"),
        (Some(long), None) => format!("--{long}"),
        (None, _) => argument.get_id().as_str().to_uppercase(),
    }
}

fn options(verb: &Command) -> String {
    let arguments: Vec<&Arg> = verb.get_arguments().filter(|argument| argument.get_id() != "help").collect();
    if arguments.is_empty() {
        return "It takes no options.\n".to_owned();
    }
    let row = |argument: &&Arg| {
        let needed = if argument.is_required_set() { " (required)" } else { "" };
        format!("| `{}`{needed} | {} |\n", name(argument), argument.get_help().expect("every option says what it does"))
    };
    format!("| option | meaning |\n|---|---|\n{}", arguments.iter().map(row).collect::<String>())
}

fn exit_codes() -> String {
    let codes = EXIT_CODES.strip_prefix("Exit codes: ").expect("the list of exit codes");
    let row = |code: &str| code.split_once(' ').map(|(number, meaning)| format!("| {number} | {meaning} |\n"));
    format!("| code | meaning |\n|---|---|\n{}", codes.split(" · ").filter_map(row).collect::<String>())
}

/// The text with the lines between `<!-- key -->` and the next `<!-- end -->` replaced.
fn fill(text: &str, key: &str, lines: &str) -> String {
    let begin = format!("<!-- {key} -->\n");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("docs/command-line.md has no `{}`", begin.trim()));
    let (_, after) = rest.split_once("<!-- end -->").expect("an end to the list");
    format!("{before}{begin}{lines}<!-- end -->{after}")
}

#[test]
fn the_document_tells_the_options_that_there_are() {
    let text = std::fs::read_to_string(PATH).expect("docs/command-line.md");
    let mut now = text.clone();
    for verb in Cli::command().get_subcommands() {
        now = fill(&now, &format!("options: {}", verb.get_name()), &options(verb));
        assert!(text.contains(&format!("## motes {}\n", verb.get_name())), "docs/command-line.md has no section on {}", verb.get_name());
    }
    now = fill(&now, "exit codes", &exit_codes());
    if std::env::var_os("MOTES_BLESS").is_some() {
        std::fs::write(PATH, &now).expect("docs/command-line.md");
    } else {
        assert!(now == text, "docs/command-line.md is old; run: MOTES_BLESS=1 cargo test -p motes");
    }
}

#[test]
fn commands_in_the_document_parse() {
    let text = std::fs::read_to_string(PATH).expect("docs/command-line.md");
    let commands =
        text.lines().filter(|line| line.starts_with("motes ")).flat_map(|line| line.split_once(" #").map_or(line, |(command, _)| command).split(" | "));
    let mut count = 0;
    for command in commands {
        let words = command.split(" > ").next().unwrap_or(command).split_whitespace();
        Cli::command().try_get_matches_from(words).unwrap_or_else(|error| panic!("{command}: {error}"));
        count += 1;
    }
    assert!(count >= 8, "{count} examples");
}
