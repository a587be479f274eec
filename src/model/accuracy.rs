//! A certificate of accuracy: what was read back from Intercom, how it was chosen, what was found,
//! and how far that reaches. The figures and the words follow from the counts alone, so that
//! whoever holds the certificate can work them out again.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::interval::clopper_pearson;
use super::note::{NoteError, NoteSigner, SignedNote, VerifierKey};

/// First line of the note.
const FIRST_LINE: &str = "deskledger certificate of accuracy";
/// Version of what follows it.
const FORMAT: u32 = 1;
/// Confidence of the interval.
const CONFIDENCE: f64 = 0.95;
/// How far figures may be off that another machine worked out.
const FIGURES_TOLERANCE: f64 = 1e-7;

/// How the records were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Choice {
    /// Every record that is written.
    Exhaustive,
    /// So many of them, each with the same chance, without replacement.
    Sample {
        /// Start of the random choice.
        rng_start: u64,
    },
}

/// Counts of records, and of the fields of those that were compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccuracyCounts {
    /// Records that are written: what was chosen from.
    pub written: u64,
    /// Records that were chosen.
    pub chosen: u64,
    /// Records that were compared.
    pub compared: u64,
    /// Of these, every field is as sent.
    pub equal: u64,
    /// Of these, some field differs, and each that does was declared beforehand.
    pub declared: u64,
    /// Of these, some field differs undeclared: these are wrong.
    pub wrong: u64,
    /// Records that were chosen and not compared: neither right nor wrong.
    pub skipped: u64,
    /// Fields compared.
    pub fields: u64,
    /// Of these, differ as declared.
    pub fields_declared: u64,
    /// Of these, differ undeclared.
    pub fields_wrong: u64,
}

/// Shares of wrong records.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccuracyFigures {
    /// Of those compared.
    pub share: f64,
    /// Lower bound for all that are written.
    pub low: f64,
    /// Upper bound for all that are written.
    pub high: f64,
    /// Upper bound if every skipped record were wrong.
    pub high_if_skipped_were_wrong: f64,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccuracyCertificate {
    /// Version of this form.
    pub format: u32,
    /// The ledger's name in its checkpoints.
    pub origin: String,
    /// Events of the ledger, the verification included, as sealed with the same key.
    pub size: u64,
    /// Root over them.
    pub root: String,
    /// The run of the ledger that compared.
    pub run: String,
    /// When it ended.
    pub at: String,
    /// Intercom's id of the workspace, and its region.
    pub workspace: String,
    /// Version of the program.
    pub program: String,
    /// Digest of the map in force.
    pub mapping: Option<String>,
    /// How the records were chosen.
    pub choice: Choice,
    /// The counts.
    pub counts: AccuracyCounts,
    /// What follows from them.
    pub figures: AccuracyFigures,
    /// What was done and what the figures mean, in words.
    pub method: Vec<String>,
    /// Records that are wrong, with the fields that differ.
    pub wrong: BTreeMap<String, Vec<String>>,
    /// Records that were chosen and not compared, with the reason.
    pub skipped: BTreeMap<String, String>,
    /// Records of the source that are not in Intercom, by what became of them: no verification
    /// looks at these.
    pub outside: BTreeMap<String, u64>,
}

impl AccuracyCounts {
    /// The shares that follow.
    pub fn figures(&self, choice: Choice) -> AccuracyFigures {
        let share = |part: u64, whole: u64| match whole {
            0 => 0.0,
            whole => part as f64 / whole as f64,
        };
        let found = share(self.wrong, self.compared);
        let worst = self.wrong + self.skipped;
        let (low, high, worst) = match choice {
            // What was seen in full has no interval; what was skipped was not seen.
            Choice::Exhaustive => (found, found, share(worst, self.chosen)),
            Choice::Sample { .. } => {
                let (low, high) = clopper_pearson(self.wrong, self.compared, CONFIDENCE);
                (low, high, clopper_pearson(worst, self.chosen, CONFIDENCE).1)
            }
        };
        AccuracyFigures { share: found, low, high, high_if_skipped_were_wrong: worst }
    }

    /// What was done and what it means.
    pub fn words(&self, choice: Choice) -> Vec<String> {
        let figures = self.figures(choice);
        let percent = |share: f64| format!("{:.4} %", share * 100.0);
        let mut words = vec![
            "Unit: one record of the source with the object that it became in Intercom. It was \
             read back through Intercom's API and compared field by field with what the map makes \
             of the record: it is wrong if any field differs undeclared."
                .to_owned(),
        ];
        words.push(match choice {
            Choice::Exhaustive => format!(
                "Choice: every record that is written, {} of {}. There is no sampling error.",
                self.chosen, self.written
            ),
            Choice::Sample { rng_start } => format!(
                "Choice: {} of the {} records that are written, each with the same chance, without \
                 replacement, by algorithm R from the start {rng_start}.",
                self.chosen, self.written
            ),
        });
        words.push(format!(
            "Found: {} compared; {} as sent in every field, {} with declared differences only, {} \
             wrong. {} of {} fields differ undeclared.",
            self.compared, self.equal, self.declared, self.wrong, self.fields_wrong, self.fields
        ));
        words.push(match (choice, self.compared) {
            (_, 0) => "Figure: none, for nothing was compared.".to_owned(),
            (Choice::Exhaustive, _) => {
                format!("Figure: {} of the records compared are wrong.", percent(figures.share))
            }
            (Choice::Sample { .. }, _) => format!(
                "Figure: {} of the records compared are wrong. With 95 % confidence the share of \
                 wrong records among all that could have been compared lies between {} and {}: \
                 the exact binomial interval of Clopper and Pearson, which is wider than needed \
                 because the sample was drawn without replacement.",
                percent(figures.share),
                percent(figures.low),
                percent(figures.high)
            ),
        });
        words.push(format!(
            "Skipped: {} were chosen and not compared. They count neither as right nor as wrong, \
             and the figure does not speak of them; were all of them wrong, it would be at most \
             {}.",
            self.skipped,
            percent(figures.high_if_skipped_were_wrong)
        ));
        words
    }
}

/// What a certificate is made of, before the figures and words that follow.
#[derive(Clone, Debug)]
pub struct AccuracyFacts {
    /// The ledger's name in its checkpoints.
    pub origin: String,
    /// Events sealed.
    pub size: u64,
    /// Root over them.
    pub root: String,
    /// The run that compared.
    pub run: String,
    /// When it ended.
    pub at: String,
    /// The workspace.
    pub workspace: String,
    /// Version of the program.
    pub program: String,
    /// Digest of the map in force.
    pub mapping: Option<String>,
    /// How the records were chosen.
    pub choice: Choice,
    /// The counts.
    pub counts: AccuracyCounts,
    /// Records that are wrong, with the fields that differ.
    pub wrong: BTreeMap<String, Vec<String>>,
    /// Records that were chosen and not compared, with the reason.
    pub skipped: BTreeMap<String, String>,
    /// Records of the source that are not in Intercom.
    pub outside: BTreeMap<String, u64>,
}

impl AccuracyCertificate {
    /// The certificate of these facts.
    pub fn of(facts: AccuracyFacts) -> Self {
        let (figures, method) =
            (facts.counts.figures(facts.choice), facts.counts.words(facts.choice));
        Self {
            format: FORMAT,
            origin: facts.origin,
            size: facts.size,
            root: facts.root,
            run: facts.run,
            at: facts.at,
            workspace: facts.workspace,
            program: facts.program,
            mapping: facts.mapping,
            choice: facts.choice,
            counts: facts.counts,
            figures,
            method,
            wrong: facts.wrong,
            skipped: facts.skipped,
            outside: facts.outside,
        }
    }

    /// The signed note.
    ///
    /// # Errors
    /// If a name cannot stand in a note.
    pub fn sign(&self, signer: &NoteSigner) -> Result<SignedNote, NoteError> {
        SignedNote::sign(self.to_string(), signer)
    }

    /// The certificate of a note that one of these keys has signed.
    ///
    /// # Errors
    /// If none has, or the note holds no certificate.
    pub fn open(note: &SignedNote, keys: &[VerifierKey]) -> Result<Self, NoteError> {
        note.verify(keys)?;
        note.text.parse().map_err(|AccuracyError(what)| NoteError::Malformed(what))
    }

    /// What in it does not follow from its counts; nothing in a good one.
    pub fn contradictions(&self) -> Vec<String> {
        let c = &self.counts;
        let exhaustive = self.choice == Choice::Exhaustive;
        let near = |a: f64, b: f64| (a - b).abs() <= FIGURES_TOLERANCE;
        let (said, found) = (&self.figures, c.figures(self.choice));
        let figures = near(said.share, found.share)
            && near(said.low, found.low)
            && near(said.high, found.high)
            && near(said.high_if_skipped_were_wrong, found.high_if_skipped_were_wrong);
        let wrong_fields = self.wrong.values().map(|fields| fields.len() as u64).sum::<u64>();
        let checks = [
            (self.format == FORMAT, "it is of another format"),
            (
                Some(c.compared)
                    == c.equal.checked_add(c.declared).and_then(|n| n.checked_add(c.wrong)),
                "the records compared are not those equal, declared and wrong",
            ),
            (
                Some(c.chosen) == c.compared.checked_add(c.skipped),
                "the records chosen are not those compared and skipped",
            ),
            (c.chosen <= c.written, "more were chosen than are written"),
            (!exhaustive || c.chosen == c.written, "not every record was chosen"),
            (self.wrong.len() as u64 == c.wrong, "not every wrong record is named"),
            (self.skipped.len() as u64 == c.skipped, "not every skipped record is named"),
            (wrong_fields == c.fields_wrong, "not every wrong field is named"),
            (figures, "the figures do not follow from the counts"),
            (self.method == c.words(self.choice), "the words do not follow from the counts"),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| what.to_owned()).collect()
    }
}

/// Why a text is no certificate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a certificate of accuracy: {0}")]
pub struct AccuracyError(&'static str);

impl fmt::Display for AccuracyCertificate {
    /// The text that is signed: a first line that no checkpoint has, then JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?;
        write!(f, "{FIRST_LINE}\n{json}\n")
    }
}

impl FromStr for AccuracyCertificate {
    type Err = AccuracyError;

    fn from_str(text: &str) -> Result<Self, AccuracyError> {
        let (first, json) = text.split_once('\n').ok_or(AccuracyError("no first line"))?;
        if first != FIRST_LINE {
            return Err(AccuracyError("the first line is another's"));
        }
        serde_json::from_str(json).map_err(|_| AccuracyError("what follows is not of its form"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(choice: Choice, counts: AccuracyCounts) -> AccuracyCertificate {
        AccuracyCertificate::of(AccuracyFacts {
            origin: "deskledger-blake3/x".into(),
            size: 9,
            root: "0".repeat(64),
            run: "1".into(),
            at: "2026-01-01T00:00:00Z".into(),
            workspace: "abc (EU)".into(),
            program: "0.1.0".into(),
            mapping: None,
            choice,
            counts,
            wrong: BTreeMap::from([("desk/ticket/1".to_owned(), vec!["title".to_owned()])]),
            skipped: BTreeMap::from([("desk/ticket/2".to_owned(), "erased".to_owned())]),
            outside: BTreeMap::new(),
        })
    }

    fn counts() -> AccuracyCounts {
        AccuracyCounts {
            written: 1_000,
            chosen: 101,
            compared: 100,
            equal: 98,
            declared: 1,
            wrong: 1,
            skipped: 1,
            fields: 700,
            fields_declared: 1,
            fields_wrong: 1,
        }
    }

    const SAMPLE: Choice = Choice::Sample { rng_start: 7 };

    #[test]
    fn it_is_signed_read_and_worked_out_again() {
        let signer = NoteSigner::from_seed("operator", &[3; 32]).unwrap();
        let good = certificate(SAMPLE, counts());
        let text = good.sign(&signer).unwrap().to_string();
        let note: SignedNote = text.parse().unwrap();
        let keys = [signer.verifier()];
        assert_eq!(AccuracyCertificate::open(&note, &keys).unwrap(), good);
        assert_eq!(good.contradictions(), Vec::<String>::new());
        // R: binom.test(1, 100) gives 0.0002531 to 0.0544594.
        assert!((good.figures.high - 0.054_459_4).abs() < 1e-7);
        let stranger = NoteSigner::from_seed("operator", &[4; 32]).unwrap();
        assert!(AccuracyCertificate::open(&note, &[stranger.verifier()]).is_err());
        let altered = text.replace("\"wrong\": 1,", "\"wrong\": 0,");
        assert_ne!(altered, text);
        assert!(AccuracyCertificate::open(&altered.parse().unwrap(), &keys).is_err());
    }

    #[test]
    fn what_does_not_follow_is_named() {
        type Change = fn(&mut AccuracyCertificate);
        let changes: [Change; 9] = [
            |one| one.counts.equal += 1,
            |one| one.counts.skipped = 0,
            |one| one.counts.written = 5,
            |one| one.choice = Choice::Exhaustive,
            |one| one.wrong.clear(),
            |one| one.skipped.clear(),
            |one| one.figures.high /= 2.0,
            |one| one.figures.share = 0.0,
            |one| one.method[3] = "Figure: none is wrong.".to_owned(),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut altered = certificate(SAMPLE, counts());
            change(&mut altered);
            assert_ne!(altered.contradictions(), Vec::<String>::new(), "change {number}");
        }
    }

    #[test]
    fn what_was_skipped_is_no_success() {
        let none = AccuracyCounts {
            compared: 0,
            equal: 0,
            declared: 0,
            wrong: 0,
            skipped: 101,
            ..counts()
        };
        let figures = none.figures(SAMPLE);
        assert_eq!((figures.low, figures.high), (0.0, 1.0));
        assert_eq!(figures.high_if_skipped_were_wrong, 1.0);
        assert!(none.words(SAMPLE)[3].contains("none, for nothing was compared"));
        let all = AccuracyCounts { written: 101, ..counts() };
        let figures = all.figures(Choice::Exhaustive);
        assert!((figures.share - 0.01).abs() < 1e-12 && figures.high == figures.share);
        assert!((figures.high_if_skipped_were_wrong - 2.0 / 101.0).abs() < 1e-12);
    }
}
