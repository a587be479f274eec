//! The settings file of an installation: plain PHP assignments. It holds passwords, so only the
//! few keys that reading needs are taken, and nothing of it is ever shown.

use std::path::Path;

use chrono_tz::Tz;

use crate::source::contract::SourceError;

/// Keys that are read; every other line is skipped unseen.
const KEYS: [&str; 8] = [
    "db_pfix",
    "timezone",
    "language",
    "attach_dir",
    "format_timestamp",
    "timeformat",
    "hesk_version",
    "hesk_url",
];

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Table prefix.
    pub prefix: Option<String>,
    /// Zone of the site.
    pub zone: Option<Tz>,
    /// The site's language by its own name.
    pub language: Option<String>,
    /// Folder of attachments, relative to the installation.
    pub attach_dir: Option<String>,
    /// PHP format of dates in history.
    pub date_format: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Address of the installation, without a slash at the end.
    pub url: Option<String>,
}

impl Settings {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn load(path: &Path) -> Result<Self, SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            SourceError::Read { path: name, cause }
        })?;
        Ok(Self::parse(&String::from_utf8_lossy(&bytes)))
    }

    /// Reads assignments of the form `$hesk_settings['key']='value';`.
    pub fn parse(text: &str) -> Self {
        let mut settings = Self::default();
        for line in text.lines() {
            let Some((key, value)) = assignment(line.trim()) else { continue };
            let slot = match key {
                "db_pfix" => &mut settings.prefix,
                "timezone" => {
                    settings.zone = value.parse().ok();
                    continue;
                }
                "language" => &mut settings.language,
                "attach_dir" => &mut settings.attach_dir,
                "format_timestamp" | "timeformat" => &mut settings.date_format,
                "hesk_version" => &mut settings.version,
                _ => {
                    settings.url = Some(value.trim_end_matches('/').to_owned());
                    continue;
                }
            };
            *slot = Some(value);
        }
        settings
    }
}

fn assignment(line: &str) -> Option<(&'static str, String)> {
    let rest = line.strip_prefix("$hesk_settings[")?;
    let rest = rest.strip_prefix(['\'', '"'])?;
    let (name, rest) = rest.split_once(['\'', '"'])?;
    let key = KEYS.iter().find(|key| **key == name)?;
    let value = rest.trim_start().strip_prefix(']')?.trim_start().strip_prefix('=')?.trim_start();
    let mark = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut text = String::new();
    let mut letters = value[1..].chars();
    loop {
        match letters.next()? {
            '\\' => text.push(letters.next()?),
            letter if letter == mark => return Some((key, text)),
            letter => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_known_keys_are_taken() {
        let settings = Settings::parse(
            "<?php\n$hesk_settings['hesk_version']='3.4.5';\n$hesk_settings['db_pass']='secret';\n\
             $hesk_settings['db_pfix']='help_';\n$hesk_settings['timezone'] = 'Europe/Vienna';\n\
             $hesk_settings['timeformat']='d.m.Y H:i';\n$hesk_settings['language']='Deutsch';\n\
             $hesk_settings[\"hesk_url\"]=\"https://help.example.com/\";\n\
             $hesk_settings['attach_dir']='it\\'s';\n$hesk_settings['max']=3;\n",
        );
        assert_eq!(settings.prefix.as_deref(), Some("help_"));
        assert_eq!(settings.zone, Some(chrono_tz::Europe::Vienna));
        assert_eq!(settings.date_format.as_deref(), Some("d.m.Y H:i"));
        assert_eq!(settings.url.as_deref(), Some("https://help.example.com"));
        assert_eq!(settings.attach_dir.as_deref(), Some("it's"));
        assert!(!format!("{settings:?}").contains("secret"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(
            text in "(\\$hesk_settings|\\[|\\]|'|\"|=|;|language|\\\\|é|\n){0,24}",
        ) {
            Settings::parse(&text);
        }
    }
}
