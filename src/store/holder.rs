//! Who has a ledger open for writing: said by the writer itself, beside its lock.

use std::fmt;

/// What a process that writes is called where it says who it is.
const PROGRAM: &str = "deskledger";

/// A process that has a ledger open for writing, as far as it can be seen from here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Name of its machine.
    pub host: Option<String>,
    /// Its number there.
    pub pid: Option<u32>,
    /// Since when, in milliseconds since 1970.
    pub since_ms: Option<i64>,
}

impl Holder {
    /// What this process says of itself: `deskledger PID HOST`.
    pub(super) fn own_words() -> String {
        let host = whoami::hostname().unwrap_or_default();
        let shown: String =
            host.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        format!("{PROGRAM} {} {shown}", std::process::id())
    }

    /// What another process has said; nothing is known of one that says nothing.
    pub(super) fn of_words(words: &str, since_ms: Option<i64>) -> Self {
        let mut parts = words.split_whitespace();
        let ours = parts.next() == Some(PROGRAM);
        let pid = parts.next().filter(|_| ours).and_then(|pid| pid.parse().ok());
        let host = parts.next().filter(|_| ours).map(str::to_owned);
        Self { host, pid, since_ms }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("a process that cannot be seen from here")?,
        }
        match &self.host {
            Some(host) => write!(f, " on {host}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_what_it_says() {
        let own = Holder::of_words(&Holder::own_words(), Some(7));
        assert_eq!(own.pid, Some(std::process::id()));
        assert_eq!(own.since_ms, Some(7));
        assert!(own.to_string().starts_with(&format!("process {}", std::process::id())));
        for words in ["", "psql", "psql 12 there", "deskledger x"] {
            let other = Holder::of_words(words, None);
            assert_eq!(other.pid, None, "{words}");
        }
    }
}
