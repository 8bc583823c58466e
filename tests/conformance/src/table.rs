//! Tables in Markdown, aligned so that a terminal shows them well: [`Table`].

use std::fmt;

/// A table. All rows are as long as its head.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// One that has only a head.
    pub fn new(head: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { rows: vec![head.into_iter().map(Into::into).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<usize> = (0..self.rows[0].len())
            .map(|column| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        for (number, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| format!(" {cell:width$} |"));
            writeln!(f, "|{}", cells.collect::<String>())?;
            if number == 0 {
                let rule = widths.iter().map(|width| format!("{}|", "-".repeat(width + 2)));
                writeln!(f, "|{}", rule.collect::<String>())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["", "one"]);
        table.row(["✔ two", "3"]);
        assert_eq!(table.to_string(), "|       | one |\n|-------|-----|\n| ✔ two | 3   |\n");
    }
}
