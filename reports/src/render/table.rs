//! Tables of a page. `comfy-table` lays them out, as it does those of the terminal. Only this file knows what Markdown
//! wants.

use std::iter::once;

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table};

/// The longest cell that is shown. `comfy-table` wraps a cell that is wider than 65,535 columns, and a wrapped cell
/// breaks the table. A character has at most two columns.
const LONGEST: usize = 30_000;

/// A Markdown table whose source lines up, too. A title that ends with a colon, which is not shown, aligns its column
/// to the right. A cell is one line of Markdown: made by `markdown::text`, by `markdown::code` or by a formatter of
/// `units`.
pub(crate) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let titles: Vec<String> = head.iter().map(|title| shown(title.trim_end_matches(':').to_owned())).collect();
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.into_iter().map(shown).collect()).collect();
    let mut measured = Table::new();
    measured.set_header(&titles).add_rows(&rows);
    let widths = measured.column_max_content_widths();
    // Markdown wants three characters at least in the rule below a title.
    let rule = |(title, width): (&&str, u16)| {
        let end = if title.ends_with(':') { ":" } else { "-" };
        "-".repeat(usize::from(width).max(3) - 1) + end
    };
    let rules: Vec<String> = head.iter().zip(widths).map(rule).collect();

    let mut table = Table::new();
    // This gives the same bytes on every terminal and without one.
    table.force_no_tty().set_content_arrangement(ContentArrangement::Disabled);
    // The preset's own rule has no colons, so every column would be aligned to the left. Ours is the first row.
    table.load_style(ASCII_MARKDOWN.header_separator(LineStyle::none()));
    table.set_header(&titles).add_rows(once(rules).chain(rows));
    for (column, title) in table.column_iter_mut().zip(head) {
        let align = if title.ends_with(':') { CellAlignment::Right } else { CellAlignment::Left };
        column.set_cell_alignment(align);
    }
    format!("{table}\n")
}

fn shown(cell: String) -> String {
    match cell.chars().count() {
        length if length > LONGEST => format!("({length} characters)"),
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::markdown::{code, text};

    const HEAD: [&str; 2] = ["name", "n:"];

    fn rows(cells: &[[&str; 2]]) -> Vec<Vec<String>> {
        cells.iter().map(|row| row.map(str::to_owned).to_vec()).collect()
    }

    #[test]
    fn a_table_lines_up() {
        let expected = "\
| name   |     n |
| ------ | ----: |
| a      |     1 |
| longer | 12345 |
";
        assert_eq!(table(&HEAD, rows(&[["a", "1"], ["longer", "12345"]])), expected);
    }

    #[test]
    fn a_table_without_rows_or_with_empty_and_missing_cells_is_a_table() {
        assert_eq!(table(&HEAD, []), "| name |   n |\n| ---- | --: |\n");
        let ragged = [vec![String::new(), "1".into()], vec!["a".into()]];
        assert_eq!(table(&HEAD, ragged), "| name |   n |\n| ---- | --: |\n|      |   1 |\n| a    |     |\n");
    }

    /// The text of a cell stays in its cell. A row is a line, and only unescaped pipes separate cells.
    #[test]
    fn no_cell_breaks_its_row() {
        let long = "x".repeat(70_000);
        let hostile = ["a|b", "`|`", "a\nb\r\n\tc", "\u{1b}[31mred", "漢字 ≥ –", "  spaces  ", "\\|", "", &long];
        for cell in hostile {
            for cell in [text(cell), code(cell)] {
                let page = table(&HEAD, [vec![cell.clone(), "1".into()], vec!["b".into(), cell.clone()]]);
                assert_eq!(page.lines().count(), 4, "{cell:?}:\n{page}");
                for line in page.lines() {
                    assert_eq!(separators(line), 3, "{cell:?}:\n{page}");
                }
                assert!(cell.len() > LONGEST || page.contains(cell.trim_end()), "{cell:?}:\n{page}");
            }
        }
    }

    /// The pipes of a line that separate cells. On GitHub, a pipe directly after a backslash separates no cells.
    fn separators(line: &str) -> usize {
        line.replace("\\|", "").matches('|').count()
    }
}
