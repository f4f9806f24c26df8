//! The embedded style sheet, script and icon. Their addresses change with their content.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use crate::drawing::style_sheet;
use crate::response::PageResponse;

/// The style sheet of all pages.
pub(crate) static STYLE: LazyLock<String> =
    LazyLock::new(|| format!("{}{}", style_sheet(), include_str!("../assets/page.css")));
const SCRIPT: &str = include_str!("../assets/page.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// The style sheet of whole pages, for pages of a site that show charts with their controls.
pub fn page_style_sheet() -> &'static str {
    &STYLE
}

/// The version in the addresses of assets, so that browsers may keep them for ever.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    (STYLE.as_str(), SCRIPT, ICON).hash(&mut hasher);
    format!("{:08x}", hasher.finish() & 0xffff_ffff)
});

/// The asset of a name.
pub(crate) fn asset(name: &str) -> Option<PageResponse> {
    match name {
        "staste.css" => Some(PageResponse::style(&STYLE)),
        "staste.js" => Some(PageResponse::script(SCRIPT)),
        "icon.svg" => Some(PageResponse::icon(ICON)),
        _ => None,
    }
}
