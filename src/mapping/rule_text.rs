//! A map as text: `mapping.toml`, with a remark above whatever was proposed.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::rule::{FORMAT, FieldRule, Mapping, TeammateRule};

/// Remarks by what they are about: `status.<word>`, `field.<object.field>` … Each line becomes a
/// comment.
pub type Remarks = BTreeMap<String, Vec<String>>;

impl Mapping {
    /// The map as `mapping.toml`; reading it again gives the same map.
    pub fn to_toml(&self, remarks: &Remarks) -> String {
        let mut out = Out { text: String::new(), remarks };
        out.line(&format!("format = {FORMAT}"));
        out.pair("source", &self.source);
        out.pair("prefix", &self.prefix);
        out.optional("help_center", self.help_center.as_ref());
        out.optional("locale", self.locale.as_ref());
        out.optional("redirect_base", self.redirect_base.as_ref());
        out.head("links");
        out.line(&format!("hosts = {}", list(&self.links.hosts)));
        out.line(&format!("article_paths = {}", list(&self.links.article_paths)));
        let state = |state: &_| serde_json::to_value(state).ok().map(|word| word.to_string());
        let status = self.status.iter().filter_map(|(word, to)| Some((word, state(to)?)));
        out.table("status", status);
        out.table(
            "teams",
            self.teams.iter().map(|(word, id)| (word, quoted(id.as_deref().unwrap_or_default()))),
        );
        out.table("tags", self.tags.iter().map(|(word, tag)| (word, quoted(tag))));
        out.table("companies", self.companies.iter().map(|(word, name)| (word, quoted(name))));
        out.table("collections", self.collections.iter().map(|(word, path)| (word, list(path))));
        let threads = self.threads.iter().map(|(word, to)| (word, quoted(to.word())));
        out.some("threads", threads.collect());
        for (name, table) in [
            ("ticket_types", &self.ticket_types),
            ("ticket_states", &self.ticket_states),
            ("objects", &self.objects),
        ] {
            out.some(name, table.iter().map(|(word, to)| (word, quoted(to))).collect());
        }
        for rule in &self.teammates {
            out.teammate(rule);
        }
        for (from, rule) in &self.fields {
            out.field(from, rule);
        }
        for rule in &self.exclusions {
            out.line("\n[[exclude]]");
            out.pair("name", &rule.name);
            out.pair("object", &rule.object);
            out.pair("field", &rule.field);
            out.pair("equals", &rule.equals);
        }
        out.text
    }
}

struct Out<'a> {
    text: String,
    remarks: &'a Remarks,
}

impl Out<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn head(&mut self, table: &str) {
        self.line("");
        self.remark(table);
        self.line(&format!("[{table}]"));
    }

    fn remark(&mut self, about: &str) {
        for remark in self.remarks.get(about).into_iter().flatten() {
            for line in remark.lines() {
                let _ = writeln!(self.text, "# {line}");
            }
        }
    }

    fn pair(&mut self, name: &str, value: &str) {
        self.line(&format!("{name} = {}", quoted(value)));
    }

    fn optional(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.pair(name, value);
        }
    }

    /// A table of words. Remarks about words without an entry follow at the end.
    fn table<'b>(&mut self, name: &str, entries: impl Iterator<Item = (&'b String, String)>) {
        self.head(name);
        let mut written = Vec::new();
        for (word, value) in entries {
            let about = format!("{name}.{word}");
            self.remark(&about);
            self.line(&format!("{} = {value}", quoted(word)));
            written.push(about);
        }
        let start = format!("{name}.");
        let others: Vec<String> = self
            .remarks
            .keys()
            .filter(|about| about.starts_with(&start) && !written.contains(about))
            .cloned()
            .collect();
        for about in others {
            self.remark(&about);
        }
    }

    /// A table that only some sources have.
    fn some(&mut self, name: &str, entries: Vec<(&String, String)>) {
        let start = format!("{name}.");
        if !entries.is_empty() || self.remarks.keys().any(|about| about.starts_with(&start)) {
            self.table(name, entries.into_iter());
        }
    }

    fn teammate(&mut self, rule: &TeammateRule) {
        self.line("");
        let about = rule.key.as_ref().or(rule.email.as_ref()).or(rule.name.as_ref());
        self.remark(&format!("teammate.{}", about.cloned().unwrap_or_default()));
        self.line("[[teammate]]");
        self.optional("key", rule.key.as_ref());
        self.optional("email", rule.email.as_ref());
        self.optional("name", rule.name.as_ref());
        self.optional("admin", rule.admin.as_ref());
    }

    fn field(&mut self, from: &str, rule: &FieldRule) {
        self.line("");
        self.remark(&format!("field.{from}"));
        self.line("[[field]]");
        self.pair("from", from);
        match rule {
            FieldRule::Drop(reason) => self.pair("drop", reason),
            FieldRule::Attribute(attribute) => {
                self.pair("to", &format!("{}.{}", attribute.holder.word(), attribute.name));
                self.pair("type", attribute.data_type.word());
                if !attribute.options.is_empty() {
                    self.line(&format!("options = {}", list(&attribute.options)));
                }
                self.optional("description", attribute.description.as_ref());
                if attribute.personal {
                    self.line("personal = true");
                }
            }
        }
    }
}

/// A text in quotes, in TOML's basic form.
fn quoted(text: &str) -> String {
    // JSON's escapes are TOML's, but for the control character 0x7f, which TOML wants escaped.
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::rule::{Attribute, AttributeType, Exclusion, Holder, LinkRule, ThreadRule};
    use crate::mapping::sample::MAPPING;
    use crate::model::record::ConversationState;

    #[test]
    fn what_is_written_is_read_again() {
        let mapping = Mapping::parse(MAPPING).unwrap();
        let text = mapping.to_toml(&Remarks::new());
        let again = Mapping::parse(&text).unwrap();
        assert_eq!(again, mapping);
        assert_eq!(again.digest().unwrap(), mapping.digest().unwrap());
    }

    #[test]
    fn remarks_are_comments_and_do_not_count() {
        let mapping = Mapping::parse(MAPPING).unwrap();
        let mut remarks = Remarks::new();
        remarks.insert("status.closed".into(), vec!["12 tickets\nsecond line".into()]);
        remarks.insert("status.strange".into(), vec!["\"strange\": 3 tickets".into()]);
        remarks.insert("field.ticket.priority".into(), vec!["high".into()]);
        remarks.insert("teammate.deskero/agent/a1".into(), vec!["by address".into()]);
        let text = mapping.to_toml(&remarks);
        for line in [
            "# 12 tickets\n# second line\n\"closed\"",
            "# \"strange\": 3",
            "# high\n[[field]]",
            "# by address\n[[teammate]]",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let again = Mapping::parse(&text).unwrap();
        assert_eq!(again.digest().unwrap(), mapping.digest().unwrap());
    }

    fn text() -> impl Strategy<Value = String> {
        proptest::string::string_regex("[a-zà-ú\"'\\\\#\u{7f}\n =.\\[\\]]{1,12}[a-z]").unwrap()
    }

    proptest! {
        // Any text that people may write survives.
        #[test]
        fn texts_survive(
            words in proptest::collection::btree_map("[a-z#=\"\\[]{1,8}", text(), 0..4),
            name in text(),
            host in text(),
        ) {
            let mut mapping = Mapping::empty("deskero", "deskero");
            mapping.links = LinkRule { hosts: vec![host.clone()], article_paths: vec![] };
            mapping.help_center = Some(name.clone());
            for (word, value) in &words {
                mapping.status.insert(word.clone(), ConversationState::Snoozed);
                mapping.teams.insert(word.clone(), Some(value.clone()));
                mapping.tags.insert(word.clone(), value.clone());
                mapping.companies.insert(word.clone(), value.clone());
                mapping.collections.insert(word.clone(), vec![value.clone(), name.clone()]);
                mapping.threads.insert(word.clone(), ThreadRule::Ticket);
                mapping.ticket_types.insert(word.clone(), value.clone());
                mapping.objects.insert(word.clone(), value.clone());
            }
            mapping.fields.insert(format!("ticket.{name}"), FieldRule::Drop(host.clone()));
            mapping.fields.insert("customer.x".into(), FieldRule::Attribute(Attribute {
                holder: Holder::Contact,
                name: "x".into(),
                data_type: AttributeType::List,
                options: vec![name.clone(), host.clone()],
                description: Some(host.clone()),
                personal: true,
            }));
            mapping.exclusions.push(Exclusion {
                name: name.clone(),
                object: "ticket".into(),
                field: "type".into(),
                equals: host.clone(),
            });
            let teammate = TeammateRule { name: Some(name), ..TeammateRule::default() };
            let mapping = mapping.with_teammates(vec![teammate]);
            let again = Mapping::parse(&mapping.to_toml(&Remarks::new())).unwrap();
            prop_assert_eq!(again, mapping);
        }
    }
}
