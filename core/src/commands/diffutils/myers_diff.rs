//! The differing lines of two texts: Myers' greedy algorithm ("An O(ND) Difference Algorithm and Its Variations"),
//! with runs of changes moved to where diff shows them.

use crate::shell::Effort;
use std::hash::{Hash, Hasher};

/// More different lines than this are not told apart one by one.
const MAX_DIFFERENT: usize = 4_000;

/// A run of lines that differ: from and to, in the one text and in the other; either may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) old: std::ops::Range<usize>,
    pub(crate) new: std::ops::Range<usize>,
}

/// The runs that differ, in order; `None` if there is too much to tell.
pub(crate) fn changes(old: &[&[u8]], new: &[&[u8]], effort: &Effort) -> Option<Vec<Change>> {
    let (old, new) = (numbers(old), numbers(new));
    let (mut gone, mut come) = marks(&old, &new, effort)?;
    shift(&old, &mut gone, &come);
    shift(&new, &mut come, &gone);
    let mut all = Vec::new();
    let (mut a, mut b) = (0, 0);
    let marked = |marks: &[bool], at: usize| marks.get(at) == Some(&true);
    while a < old.len() || b < new.len() {
        let (from_a, from_b) = (a, b);
        while marked(&gone, a) {
            a += 1;
        }
        while marked(&come, b) {
            b += 1;
        }
        if (a, b) == (from_a, from_b) {
            (a, b) = (a + 1, b + 1);
        } else {
            all.push(Change { old: from_a..a, new: from_b..b });
        }
    }
    Some(all)
}

/// Lines as numbers that are quick to compare: two lines with one number are taken to be equal.
fn numbers(lines: &[&[u8]]) -> Vec<u64> {
    let number = |line: &&[u8]| {
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        line.hash(&mut hasher);
        hasher.finish()
    };
    lines.iter().map(number).collect()
}

/// Which lines are only in the one, and which only in the other.
fn marks(old: &[u64], new: &[u64], effort: &Effort) -> Option<(Vec<bool>, Vec<bool>)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let (mut gone, mut come) = (vec![false; old.len()], vec![false; new.len()]);
    let (a, b) = (old.get(head..old.len() - tail)?, new.get(head..new.len() - tail)?);
    // How far each diagonal reaches after so many differences; kept to find the way back.
    let limit = a.len() + b.len();
    let at = |diagonal: isize| usize::try_from(diagonal + limit as isize + 1).unwrap_or(0);
    let mut reach = vec![0_usize; 2 * limit + 3];
    let mut steps: Vec<(isize, Vec<usize>)> = Vec::new();
    'search: for count in 0..=limit {
        if count > MAX_DIFFERENT || !effort.spend(8 * (1 + count)) {
            return None;
        }
        let count = count as isize;
        let low = at(-count - 1);
        steps.push((-count - 1, reach.get(low..=at(count + 1))?.to_vec()));
        let mut diagonal = -count;
        while diagonal <= count {
            let (below, above) = (*reach.get(at(diagonal - 1))?, *reach.get(at(diagonal + 1))?);
            let down = diagonal == -count || diagonal != count && below < above;
            let mut x = if down { above } else { below + 1 };
            let mut y = x.checked_add_signed(-diagonal)?;
            while x < a.len() && y < b.len() && a.get(x) == b.get(y) {
                (x, y) = (x + 1, y + 1);
            }
            *reach.get_mut(at(diagonal))? = x;
            if x >= a.len() && y >= b.len() {
                break 'search;
            }
            diagonal += 2;
        }
    }
    let (mut x, mut y) = (a.len(), b.len());
    for (count, (low, reach)) in steps.iter().enumerate().rev() {
        let reached = |diagonal: isize| usize::try_from(diagonal - low).ok().and_then(|at| reach.get(at).copied());
        let (count, diagonal) = (count as isize, x as isize - y as isize);
        if count == 0 {
            break;
        }
        let down = diagonal == -count || diagonal != count && reached(diagonal - 1)? < reached(diagonal + 1)?;
        if down {
            x = reached(diagonal + 1)?;
            y = x.checked_add_signed(-(diagonal + 1))?;
            *come.get_mut(head + y)? = true;
        } else {
            x = reached(diagonal - 1)?;
            y = x.checked_add_signed(-(diagonal - 1))?;
            *gone.get_mut(head + x)? = true;
        }
    }
    Some((gone, come))
}

/// Moves each run of changed lines as far down as its text allows, so that runs meet; one that can
/// stand beside a run of the other text stands there.
fn shift(lines: &[u64], marks: &mut [bool], other: &[bool]) {
    // Whether the other text has a run behind so many lines that both have.
    let mut runs = vec![false];
    for changed in other {
        match (*changed, runs.last_mut()) {
            (true, Some(run)) => *run = true,
            _ => runs.push(false),
        }
    }
    let faces = |common: usize| runs.get(common) == Some(&true);
    let is = |marks: &[bool], at: usize| marks.get(at) == Some(&true);
    let swap = |marks: &mut [bool], now: usize, before: usize| {
        for (at, mark) in [(now, true), (before, false)] {
            if let Some(place) = marks.get_mut(at) {
                *place = mark;
            }
        }
    };
    let (mut at, mut common) = (0, 0);
    while at < lines.len() {
        if !is(marks, at) {
            (at, common) = (at + 1, common + 1);
            continue;
        }
        let (mut start, mut end) = (at, at);
        let grow = |marks: &[bool], end: &mut usize| {
            while is(marks, *end) {
                *end += 1;
            }
        };
        grow(marks, &mut end);
        let mut facing;
        loop {
            let length = end - start;
            // Up, to meet a run before it.
            while start > 0 && !is(marks, start - 1) && lines.get(start - 1) == lines.get(end - 1) {
                (start, end, common) = (start - 1, end - 1, common - 1);
                swap(marks, start, end);
                while start > 0 && is(marks, start - 1) {
                    start -= 1;
                }
            }
            facing = faces(common).then_some(end);
            // Down, as far as it goes.
            while end < lines.len() && lines.get(start) == lines.get(end) {
                swap(marks, end, start);
                (start, end, common) = (start + 1, end + 1, common + 1);
                grow(marks, &mut end);
                if faces(common) {
                    facing = Some(end);
                }
            }
            if end - start == length {
                break;
            }
        }
        // Back to where it faces one.
        while facing.is_some_and(|place| place < end) {
            (start, end, common) = (start - 1, end - 1, common - 1);
            swap(marks, start, end);
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(old: &str, new: &str) -> Vec<(std::ops::Range<usize>, std::ops::Range<usize>)> {
        let (old, new): (Vec<&[u8]>, Vec<&[u8]>) =
            (old.split(' ').map(str::as_bytes).collect(), new.split(' ').map(str::as_bytes).collect());
        changes(&old, &new, &Effort::default()).unwrap().into_iter().map(|change| (change.old, change.new)).collect()
    }

    #[test]
    fn runs_are_the_fewest_lines_and_as_far_down_as_they_go() {
        assert_eq!(runs("a b c", "a b c"), []);
        assert_eq!(runs("a b c", "a x c d"), [(1..2, 1..2), (3..3, 3..4)]);
        assert_eq!(runs("a b b c", "a b b b c"), [(3..3, 3..4)]);
        assert_eq!(runs("{ x } { y }", "{ x } { z } { y }"), [(4..4, 4..7)]);
        assert_eq!(runs("a b c a b b a", "c b a b a c").len(), 4);
    }

    #[test]
    fn too_many_differences_are_not_told() {
        let (old, new): (Vec<String>, Vec<String>) =
            ((0..9_000).map(|n| n.to_string()).collect(), (10_000..19_000).map(|n| n.to_string()).collect());
        let old: Vec<&[u8]> = old.iter().map(String::as_bytes).collect();
        let new: Vec<&[u8]> = new.iter().map(String::as_bytes).collect();
        assert_eq!(changes(&old, &new, &Effort::default()), None);
    }
}
