//! Rows of figures beside their bounds.

use std::fmt;
use std::time::Duration;

/// One figure.
struct Row {
    name: String,
    figure: String,
    bound: String,
    kept: Option<bool>,
    calibration: Duration,
}

/// All figures, in the order in which they were measured.
pub struct Table {
    filter: String,
    rows: Vec<Row>,
}

impl Table {
    /// Empty; only figures whose name contains `filter` will be measured.
    pub fn new(filter: String) -> Self {
        Self {
            filter,
            rows: Vec::new(),
        }
    }

    /// Whether a figure is wanted.
    pub fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter)
    }

    /// Adds a figure; `kept` says whether its bound was kept, `None` where it has none.
    pub fn row(&mut self, name: &str, figure: String, bound: &str, kept: Option<bool>) {
        let calibration = median((0..3).map(|_| leastwise_bench::calibration()).collect());
        self.rows.push(Row {
            name: name.to_owned(),
            figure,
            bound: bound.to_owned(),
            kept,
            calibration,
        });
    }
}

/// The middle one; the upper of two middles.
pub fn median<T: Ord + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Row) -> &str| {
            self.rows
                .iter()
                .map(|row| text(row).chars().count())
                .max()
                .unwrap_or(0)
        };
        let (name, figure, bound) = (
            width(|row| &row.name),
            width(|row| &row.figure),
            width(|row| &row.bound),
        );
        writeln!(
            f,
            "| {:name$} | {:figure$} | {:bound$} | kept | calibration |",
            "what", "figure", "bound"
        )?;
        writeln!(
            f,
            "|-{:-<name$}-|-{:-<figure$}-|-{:-<bound$}-|------|-------------|",
            "", "", ""
        )?;
        for row in &self.rows {
            let kept = match row.kept {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "",
            };
            writeln!(
                f,
                "| {:name$} | {:figure$} | {:bound$} | {kept:4} | {:>8.1} ms |",
                row.name,
                row.figure,
                row.bound,
                row.calibration.as_secs_f64() * 1e3
            )?;
        }
        Ok(())
    }
}
