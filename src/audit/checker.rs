//! One page that checks an inclusion proof in a browser, without a network and with nothing but
//! what it holds: for whoever has neither program. Its BLAKE3 and its reading of proofs are code of
//! their own (`checker.js`).

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const SCRIPT: &str = include_str!("checker.js");
const STYLE: &str = include_str!("checker.css");
const BODY: &str = include_str!("checker.html");

/// What the page may do: run its own script, look as its own style says, and nothing else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
});

/// The page's policy, as a header names it.
pub fn checker_policy() -> String {
    format!("{}; frame-ancestors 'none'", *POLICY)
}

/// The page.
pub fn checker_page() -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Check a proof · deskledger</title>\n<style>{STYLE}</style></head>\n<body>\n{BODY}\
         <script>{SCRIPT}</script>\n</body></html>\n",
        *POLICY
    )
}
