//! The style sheet of charts, and its colors in light and dark.

/// The theme of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The theme of the reader's system.
    #[default]
    Auto,
    /// Dark on white.
    Light,
    /// Light on dark.
    Dark,
}

/// The rules of pictures, in which colors are variables.
const RULES: &str = include_str!("../../assets/chart.css");
/// The rules of figures around pictures on a page.
const FIGURES: &str = include_str!("../../assets/figure.css");

/// The variables of colors, light and dark.
const COLORS: [(&str, &str, &str); 20] = [
    ("fg", "#0f172a", "#e6ebf2"),
    ("dim", "#5b6a80", "#93a1b5"),
    ("grid", "#e8edf3", "#222d40"),
    ("axis", "#94a3b8", "#64748b"),
    ("bg", "#ffffff", "#0f172a"),
    ("hit", "#0f172a", "#ffffff"),
    ("gone", "#d5dde7", "#2a3750"),
    ("k0", "#b6c2d2", "#4d5b73"),
    ("k1", "#4f7df3", "#6d95ff"),
    ("k2", "#12a87b", "#2cc498"),
    ("k3", "#f0932b", "#ffb057"),
    ("k4", "#e0567a", "#f47c9b"),
    ("k5", "#8b6cf0", "#a891ff"),
    ("k6", "#14a5c9", "#3fc3e3"),
    ("k7", "#c2569e", "#dd7cbb"),
    ("k8", "#7aa62a", "#9bc751"),
    ("k9", "#d9702e", "#f08f52"),
    ("k10", "#2a9d9d", "#49bdbd"),
    ("k11", "#a35bd6", "#bf82ec"),
    ("k12", "#8a97a8", "#a3afbf"),
];

/// The style sheet for pages with charts. It follows the theme of the reader's system, or `data-theme` of the page.
///
/// ```
/// assert!(staste_web::drawing::style_sheet().contains("prefers-color-scheme:dark"));
/// ```
pub fn style_sheet() -> String {
    let (light, dark) = (variables(false), variables(true));
    format!(
        ":root{{{light}}}@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\
         :root[data-theme=dark]{{{dark}}}{RULES}{FIGURES}"
    )
}

fn variables(dark: bool) -> String {
    COLORS
        .iter()
        .map(|(name, light, night)| format!("--{name}:{};", if dark { night } else { light }))
        .collect()
}

/// The style sheet of a file. Many programs that draw SVG files do not support variables.
pub(super) fn style(theme: Theme) -> String {
    let rules = |dark: bool| {
        COLORS.iter().fold(RULES.to_owned(), |rules, (name, light, night)| {
            rules.replace(&format!("var(--{name})"), if dark { night } else { light })
        })
    };
    match theme {
        Theme::Light => rules(false),
        Theme::Dark => rules(true),
        Theme::Auto => format!("{}@media(prefers-color-scheme:dark){{{}}}", rules(false), rules(true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheet_of_a_file_has_no_variables() {
        for theme in [Theme::Light, Theme::Dark, Theme::Auto] {
            assert!(!style(theme).contains("var("), "{theme:?}");
        }
        assert!(style(Theme::Dark).contains("#6d95ff") && !style(Theme::Light).contains("#6d95ff"));
    }

    /// The contrast of two colors as WCAG 2.2 defines it, 1 to 21.
    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |color: &str| {
            let channel = |at: usize| {
                let part = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
                if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_has_enough_contrast_with_its_background() {
        let color = |wanted: &str, dark: bool| {
            let (_, light, night) = COLORS.iter().find(|(name, ..)| *name == wanted).unwrap();
            if dark { *night } else { *light }
        };
        for dark in [false, true] {
            for text in ["fg", "dim"] {
                assert!(contrast(color(text, dark), color("bg", dark)) >= 4.5, "{text} {dark}");
            }
        }
    }
}
