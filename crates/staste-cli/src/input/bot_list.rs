//! `BotList`: recognizes the user agents of known bots.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::RandomState;
use regex::bytes::{Regex, RegexBuilder};

/// The patterns. The file names their source, and says how to update them.
const PATTERNS: &str = include_str!("../../data/crawler-user-agents.txt");
/// Maximum memory of the states that the search keeps. With 2 MiB, the default, it builds states again and again.
const MAX_STATES_BYTES: usize = 16 << 20;
/// Maximum number of cached decisions. A flood of random user agents must not fill the memory.
const MAX_CACHED: usize = 10_000;

static BOTS: LazyLock<Regex> = LazyLock::new(|| {
    let patterns = PATTERNS.lines().filter(|line| !line.starts_with('#'));
    let alternatives: Vec<String> = patterns.map(|pattern| format!("(?:{pattern})")).collect();
    let mut builder = RegexBuilder::new(&alternatives.join("|"));
    builder
        .unicode(false)
        .dfa_size_limit(MAX_STATES_BYTES)
        .build()
        .expect("the patterns of the file are valid, which a test proves")
});

/// Recognizes bots. Decisions are cached, because logs repeat user agents.
pub(super) struct BotList {
    decisions: RefCell<HashMap<Vec<u8>, bool, RandomState>>,
}

impl BotList {
    pub(super) fn new() -> BotList {
        BotList { decisions: RefCell::default() }
    }

    /// Returns true if a user agent is that of a known bot.
    pub(super) fn is_bot(&self, agent: &[u8]) -> bool {
        let mut decisions = self.decisions.borrow_mut();
        if let Some(is_bot) = decisions.get(agent) {
            return *is_bot;
        }
        if decisions.len() >= MAX_CACHED {
            decisions.clear();
        }
        let is_bot = BOTS.is_match(agent);
        decisions.insert(agent.to_vec(), is_bot);
        is_bot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_recognized_and_browsers_are_not() {
        let bots = BotList::new();
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
            "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "curl/8.5.0",
            "python-requests/2.32.3",
            "Go-http-client/1.1",
        ] {
            assert!(bots.is_bot(agent.as_bytes()) && bots.is_bot(agent.as_bytes()), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 14; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
            "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
            "-",
            "",
            "\u{fffd}",
        ] {
            assert!(!bots.is_bot(agent.as_bytes()) && !bots.is_bot(agent.as_bytes()), "{agent}");
        }
        assert!(!bots.is_bot(b"\xff"));
    }

    #[test]
    fn cache_is_bounded() {
        let bots = BotList::new();
        for n in 0..=MAX_CACHED {
            assert!(!bots.is_bot(format!("browser {n}").as_bytes()));
        }
        assert!(bots.decisions.borrow().len() <= MAX_CACHED);
    }
}
