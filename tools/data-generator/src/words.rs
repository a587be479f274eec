//! Sentences in five languages and how messages are made of them.

use crate::chance::Chance;

/// What one language offers.
pub(crate) struct Language {
    /// BCP 47 tag.
    pub(crate) code: &'static str,
    products: Vec<&'static str>,
    greetings: Vec<&'static str>,
    farewells: Vec<&'static str>,
    subjects: Vec<&'static str>,
    customer: Vec<&'static str>,
    agent: Vec<&'static str>,
}

/// All languages.
pub(crate) struct Words(pub(crate) [Language; 5]);

/// Who speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    Customer,
    Agent,
}

/// Lengths of messages in bytes and how often: the mean is about 500.
const LENGTHS: [((u64, u64), u64); 4] =
    [((40, 200), 25), ((200, 450), 40), ((450, 900), 27), ((900, 2400), 8)];

/// Sentences after which a new paragraph begins.
const PARAGRAPH: u64 = 4;

impl Words {
    /// The words shipped with the program.
    pub(crate) fn load() -> Self {
        Self([
            Language::parse("en", include_str!("words/en.txt")),
            Language::parse("it", include_str!("words/it.txt")),
            Language::parse("es", include_str!("words/es.txt")),
            Language::parse("fr", include_str!("words/fr.txt")),
            Language::parse("de", include_str!("words/de.txt")),
        ])
    }
}

impl Language {
    /// Lines begin with P, G, F or S (lists split by `|`), C or A (one sentence).
    fn parse(code: &'static str, text: &'static str) -> Self {
        let mut language = Self {
            code,
            products: Vec::new(),
            greetings: Vec::new(),
            farewells: Vec::new(),
            subjects: Vec::new(),
            customer: Vec::new(),
            agent: Vec::new(),
        };
        for (mark, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
            match mark {
                "P" => language.products.extend(rest.split('|')),
                "G" => language.greetings.extend(rest.split('|')),
                "F" => language.farewells.extend(rest.split('|')),
                "S" => language.subjects.extend(rest.split('|')),
                "C" => language.customer.push(rest),
                _ => language.agent.push(rest),
            }
        }
        language
    }

    /// What a thread or article is about.
    pub(crate) fn product(&self, chance: &mut Chance) -> &'static str {
        chance.pick(&self.products)
    }

    /// A subject line about `product`.
    pub(crate) fn subject(&self, product: &str, chance: &mut Chance) -> String {
        let mut out = String::new();
        fill(chance.pick(&self.subjects), product, chance, &mut out);
        out
    }

    /// One sentence about `product`.
    pub(crate) fn sentence(&self, voice: Voice, product: &str, chance: &mut Chance) -> String {
        let mut out = String::new();
        fill(chance.pick(self.sentences(voice)), product, chance, &mut out);
        out
    }

    fn sentences(&self, voice: Voice) -> &[&'static str] {
        match voice {
            Voice::Customer => &self.customer,
            Voice::Agent => &self.agent,
        }
    }

    /// A message about `product`, signed with `name`, as HTML paragraphs or plain text.
    pub(crate) fn message(
        &self,
        voice: Voice,
        product: &str,
        name: &str,
        html: bool,
        chance: &mut Chance,
    ) -> String {
        let (open, close) = if html { ("<p>", "</p>") } else { ("", "\n\n") };
        let (from, to) = chance.weigh(&LENGTHS);
        let length = (from + chance.below(to - from)) as usize;
        let mut out = String::with_capacity(length + 160);
        out.push_str(open);
        out.push_str(chance.pick(&self.greetings));
        out.push_str(close);
        out.push_str(open);
        let all = self.sentences(voice);
        let mut place = chance.below(all.len() as u64) as usize;
        let mut count = 0;
        loop {
            fill(all[place % all.len()], product, chance, &mut out);
            // A step that shares no factor with 10 or 12 visits every sentence before any returns.
            place += 7;
            count += 1;
            if out.len() >= length {
                break;
            }
            if count % PARAGRAPH == 0 {
                out.push_str(close);
                out.push_str(open);
            } else {
                out.push(' ');
            }
        }
        out.push_str(close);
        out.push_str(open);
        out.push_str(chance.pick(&self.farewells));
        out.push_str(if html { "<br>" } else { "\n" });
        out.push_str(name);
        if html {
            out.push_str(close);
        }
        out
    }
}

/// Appends `sentence` with its slots filled: p product, o order, n number, y year.
fn fill(sentence: &str, product: &str, chance: &mut Chance, out: &mut String) {
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (slot, after) = after.split_once('}').unwrap_or((after, ""));
        match slot {
            "p" => out.push_str(product),
            "o" => out.push_str(&format!("VC-{}", 10_000 + chance.below(89_999))),
            "y" => out.push_str(&format!("{}", 2008 + chance.below(17))),
            _ => out.push_str(&format!("{}", 3 + chance.below(9))),
        }
        rest = after;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;

    #[test]
    fn every_language_is_complete() {
        for language in &Words::load().0 {
            assert_eq!((language.customer.len(), language.agent.len()), (12, 10));
            assert_eq!((language.products.len(), language.subjects.len()), (12, 8));
            let slots = language.customer.iter().chain(&language.agent).chain(&language.subjects);
            for sentence in slots {
                for slot in sentence.split('{').skip(1) {
                    assert!(["p}", "o}", "n}", "y}"].contains(&&slot[..2]), "{sentence}");
                }
                assert!(!sentence.contains(['<', '>', '&']), "{sentence}");
            }
        }
    }

    #[test]
    fn messages_are_about_500_bytes() {
        let words = Words::load();
        let (mut bytes, mut count) = (0, 0);
        for index in 0..4000 {
            let mut chance = Chance::of(9, Stream::Ticket, index);
            let language = &words.0[index as usize % 5];
            let voice = if index % 2 == 0 { Voice::Customer } else { Voice::Agent };
            bytes +=
                language.message(voice, "saddle", "Ada Bell", index % 3 > 0, &mut chance).len();
            count += 1;
        }
        let mean = bytes / count;
        assert!((450..=550).contains(&mean), "{mean}");
    }
}
