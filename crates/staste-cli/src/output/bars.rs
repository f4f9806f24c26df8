//! Bars and column charts drawn with block characters or ASCII.

const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_LEVELS: [char; 8] = ['_', '.', ',', '-', '=', '+', '*', '#'];

/// Returns a bar for `share` (0 to 1) of `width` characters. It is empty only for a share of 0.
pub(crate) fn bar(share: f64, width: usize, unicode: bool) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    if share == 0.0 {
        return String::new();
    }
    if !unicode {
        return "#".repeat(rounded(share, width).max(1));
    }
    let eighths = rounded(share, width * 8).max(1);
    let mut bar = "█".repeat(eighths / 8);
    if let Some(last) = EIGHTHS.get(eighths % 8).filter(|_| !eighths.is_multiple_of(8)) {
        bar.push(*last);
    }
    bar
}

/// Returns the lines of a column chart from the top down. Each number has a column, as high as its share of the
/// largest number. Zero and none leave a gap.
pub(crate) fn plot(numbers: &[Option<f64>], height: usize, unicode: bool) -> Vec<String> {
    let largest = numbers.iter().flatten().copied().fold(0.0, f64::max);
    let levels = if unicode { LEVELS } else { ASCII_LEVELS };
    let heights: Vec<usize> = numbers
        .iter()
        .map(|number| match number {
            Some(number) if *number > 0.0 => rounded(number / largest, height * levels.len()).max(1),
            _ => 0,
        })
        .collect();
    let line = |below: usize| {
        let column = |reached: &usize| match reached.saturating_sub(below).min(levels.len()) {
            0 => ' ',
            filled => levels.get(filled - 1).copied().unwrap_or(' '),
        };
        heights.iter().map(column).collect()
    };
    (0..height).rev().map(|row| line(row * levels.len())).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a small number of characters"
)]
#[expect(clippy::cast_precision_loss, reason = "a small number of characters")]
fn rounded(share: f64, width: usize) -> usize {
    (share * width as f64).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_is_drawn_in_eighths_of_a_character() {
        assert_eq!(bar(1.0, 4, true), "████");
        assert_eq!(bar(0.5, 3, true), "█▌");
        assert_eq!(bar(0.0001, 4, true), "▏");
        assert_eq!(bar(0.0, 4, true), "");
        assert_eq!(bar(f64::NAN, 4, true), "");
        assert_eq!(bar(0.5, 4, false), "##");
        assert_eq!(bar(0.0001, 4, false), "#");
    }

    #[test]
    fn plot_draws_heights_and_leaves_gaps() {
        let numbers = [Some(8.0), None, Some(1.0), Some(0.0), Some(4.0), Some(5.0)];
        assert_eq!(plot(&numbers, 1, true), ["█ ▁ ▄▅"]);
        assert_eq!(plot(&numbers, 2, true), ["█    ▂", "█ ▂ ██"]);
        assert_eq!(plot(&numbers[..2], 2, false), ["# ", "# "]);
        assert_eq!(plot(&[Some(0.0)], 1, true), [" "]);
    }
}
