//! Writes the changes for a terminal or for a pull request.

use std::fmt::Write as _;

use clap::ValueEnum;

use super::change::{Change, Changes, Level};

/// How the changes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For a pull request
    Markdown,
}

pub(super) fn write(title: &str, changes: &Changes, format: Format) -> String {
    let Some(highest) = changes.level() else {
        return match format {
            Format::Text => format!("{title}\n  no change\n"),
            Format::Markdown => format!("### {title}\n\nNo change.\n"),
        };
    };
    let mut text = match format {
        Format::Text => format!("{title}\n"),
        Format::Markdown => format!("### {title}\n\n"),
    };
    for level in Level::ALL {
        let found: Vec<_> = changes.found.iter().filter(|change| change.level == level).collect();
        if !found.is_empty() {
            write_level(&mut text, level, &found, format);
        }
    }
    // Writing to a string cannot fail.
    let _ = match format {
        Format::Text => writeln!(text, "  next version: {}", highest.version()),
        Format::Markdown => writeln!(text, "Next version: **{}**", highest.version()),
    };
    text
}

/// The changes of one level, by place.
fn write_level(text: &mut String, level: Level, changes: &[&Change], format: Format) {
    let _ = match format {
        Format::Text => writeln!(text, "  {} ({})", level.name(), changes.len()),
        Format::Markdown => writeln!(text, "**{}** ({})\n", level.name(), changes.len()),
    };
    let mut places: Vec<&str> = Vec::new();
    for change in changes {
        if !places.contains(&change.place.as_str()) {
            places.push(&change.place);
        }
    }
    for place in places {
        let of_place = changes.iter().filter(|change| change.place == place);
        let _ = match format {
            Format::Text => writeln!(text, "    {place}"),
            Format::Markdown => writeln!(text, "- {}", escaped(place)),
        };
        for change in of_place {
            let _ = match format {
                Format::Text => writeln!(text, "      {}", change.what.replace('\n', " ")),
                Format::Markdown => writeln!(text, "  - {}", escaped(&change.what)),
            };
        }
    }
    if format == Format::Markdown {
        text.push('\n');
    }
}

/// A vendor's text must not become markup. Names stand between backquotes already.
fn escaped(text: &str) -> String {
    let mut is_code = false;
    text.chars().fold(String::new(), |mut escaped, character| {
        match character {
            '`' => is_code = !is_code,
            '\n' | '\r' => return escaped + " ",
            '*' | '_' | '<' | '>' | '[' | ']' | '#' | '|' | '@' | '\\' if !is_code => escaped.push('\\'),
            _ => {}
        }
        escaped.push(character);
        escaped
    })
}
