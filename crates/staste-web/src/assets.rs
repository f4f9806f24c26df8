//! Style sheet, script and icon, which are embedded. Their addresses change with what they hold.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use crate::chart::style_sheet;
use crate::reply::Reply;

/// The style sheet of all pages.
pub(crate) static STYLE: LazyLock<String> =
    LazyLock::new(|| format!("{}{}", style_sheet(), include_str!("../assets/page.css")));
const SCRIPT: &str = include_str!("../assets/page.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// The style sheet of whole pages, for those of a site that show charts with what they can be switched to.
pub fn page_style_sheet() -> &'static str {
    &STYLE
}

/// What the addresses of assets have in them, so that browsers may keep them for ever.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    (STYLE.as_str(), SCRIPT, ICON).hash(&mut hasher);
    format!("{:08x}", hasher.finish() & 0xffff_ffff)
});

/// The asset of a name.
pub(crate) fn asset(name: &str) -> Option<Reply> {
    match name {
        "staste.css" => Some(Reply::style(&STYLE)),
        "staste.js" => Some(Reply::script(SCRIPT)),
        "icon.svg" => Some(Reply::icon(ICON)),
        _ => None,
    }
}
