//! "Did you mean …?": how far a word may be from a name for the name to be offered.

/// The nearest of `options`, as BuildKit's "did you mean" finds it: at a distance of at most two.
///
/// `None` also if the word is one of the options: then the mistake is another.
pub fn suggestion<'a>(word: &str, options: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for option in options {
        if option == word {
            return None;
        }
        // The difference in length is a lower bound of the distance.
        if option.chars().count().abs_diff(word.chars().count()) > 2 {
            continue;
        }
        let distance = distance(word, option);
        if distance < best.map_or(3, |(distance, _)| distance) {
            best = Some((distance, option));
        }
    }
    best.map(|(_, option)| option)
}

/// The names among `known` that are near `word`, nearest first: for "did you mean".
///
/// Near means an edit distance of at most two, and less than half of the word.
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word_lower = word.to_lowercase();
    let limit = 2.min(word.chars().count() / 2).max(1);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|name| name.len().abs_diff(word.len()) <= limit)
        .map(|name| (distance(&word_lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, name)| name).collect()
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (j, y) in b.iter().enumerate() {
            let Some(up) = row.get(j + 1).copied() else {
                break;
            };
            let value = (diagonal + usize::from(x != *y)).min(up + 1).min(left + 1);
            diagonal = up;
            left = value;
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = value;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found() {
        assert_eq!(near("FORM", ["FROM", "RUN", "COPY"]), ["FROM"]);
        assert!(near("apple", ["zebra"]).is_empty());
    }
}
