//! Tables of `docker images`, `docker ps` and `docker history`, as Go's text/tabwriter with padding 3 prints them.

/// Lays rows out in columns at least `min` wide; the last column is not padded.
pub(super) fn table(rows: &[Vec<String>], min: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count() + 3)
                .max()
                .unwrap_or(0)
                .max(min)
        })
        .collect();
    let mut out = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            out.push_str(cell);
            if column + 1 < row.len() {
                let width = widths.get(column).copied().unwrap_or(min);
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
            }
        }
        out.push('\n');
    }
    out
}
