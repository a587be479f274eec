//! Steps, and sequences made from a seed.

use intercom_simulator::{FaultKind, FaultRule};
use oracle::{Act, Chance, Edit};

use super::classes::{Class, Classes};

/// Which part is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    All,
    Sample(usize),
    Phase(&'static str),
    /// One ticket.
    Only(usize),
}

/// Which part is rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slice {
    All,
    /// The newest run but so many.
    Run(usize),
    /// Since the start of that run.
    Since(usize),
    Phase(&'static str),
    Ticket(usize),
    Customer(usize),
}

/// What strikes a command.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strike {
    /// Which request is struck, and how.
    pub fault: Option<(FaultKind, u16, Which)>,
    /// Killed after so many requests.
    pub kill: Option<usize>,
}

/// Which requests a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Which {
    /// The n-th of all.
    Nth(u64),
    /// The n-th that writes.
    NthWrite(u64),
    /// So many of a hundred.
    Percent(u8),
}

impl Strike {
    pub fn is_none(&self) -> bool {
        self.fault.is_none() && self.kill.is_none()
    }

    /// The simulator's rules for it.
    pub fn rules(&self) -> Vec<FaultRule> {
        let Some((what, status, which)) = self.fault else { return Vec::new() };
        let rule = FaultRule::new(what).status(status).delay_ms(40);
        vec![match which {
            Which::Nth(nth) => rule.nth(nth),
            Which::NthWrite(nth) => FaultRule { writes_only: true, ..rule.nth(nth) },
            Which::Percent(percent) => rule.rate(f64::from(percent) / 100.0),
        }]
    }

    fn make(classes: &Classes, chance: &mut Chance) -> Self {
        let mut strike = Self::default();
        let which = match chance.below(4) {
            0 => Which::Nth(1 + chance.number() % 60),
            1 => Which::Percent(8),
            _ => Which::NthWrite(1 + chance.number() % 40),
        };
        if classes.has(Class::Faults) && chance.one_in(2) {
            let (what, status) = match chance.below(10) {
                0 | 1 => (FaultKind::DropBefore, 0),
                2 | 3 => (FaultKind::DropAfter, 0),
                4 => (FaultKind::Delay, 0),
                5 => (FaultKind::ErrorBefore, 429),
                6 => (FaultKind::ErrorBefore, 502),
                7 => (FaultKind::ErrorAfter, 503),
                8 => (FaultKind::Truncated, 0),
                _ if chance.one_in(2) => (FaultKind::Empty, 0),
                _ => (FaultKind::Reset, 0),
            };
            strike.fault = Some((what, status, which));
        }
        if classes.has(Class::Refusals) && strike.fault.is_none() && chance.one_in(2) {
            let status = [401, 403, 422][chance.below(3)];
            let which = Which::NthWrite(1 + chance.number() % 30);
            strike.fault = Some((FaultKind::ErrorBefore, status, which));
        }
        if classes.has(Class::Kills) && chance.one_in(3) {
            strike.kill = Some(1 + chance.below(80));
        }
        strike
    }
}

/// What changes in the map or the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// A teammate is another admin.
    Teammate,
    /// Articles get a line about their origin, or lose it again.
    Footer,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    Edit {
        edit: Edit,
        salt: u64,
    },
    Map(Map),
    /// The export is read, and the program killed after so many milliseconds; then read again.
    CutRead {
        after_ms: u64,
    },
    /// Read, plan, apply as three commands.
    Write {
        partial: bool,
        part: Part,
        strike: Strike,
    },
    /// The same as one command, with verify.
    Delta {
        partial: bool,
        strike: Strike,
    },
    Act {
        act: Act,
        on_ours: bool,
        at: usize,
    },
    /// Everything that is open is finished, and must then be there.
    Settle,
    Rollback {
        slice: Slice,
        strike: Strike,
    },
}

const PHASES: &[&str] = &["schema", "companies", "contacts", "conversations", "articles"];

/// A sequence: from a seed, less the steps that were left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    pub seed: u64,
    pub classes: Classes,
    pub steps: Vec<(usize, Step)>,
}

impl Sequence {
    pub fn make(seed: u64, classes: &Classes) -> Self {
        let mut chance = Chance::new(seed ^ 0x005E_05E0);
        let mut steps = vec![write(classes, &mut chance)];
        for _ in 0..1 + chance.below(4) {
            let step = step(classes, &mut chance);
            // Finishing what was just finished would only take time.
            if step != Step::Settle || steps.last() != Some(&Step::Settle) {
                steps.push(step);
            }
        }
        steps.push(Step::Settle);
        if classes.has(Class::RollbackAll) {
            let strike = undo_strike(classes, &mut chance);
            steps.push(Step::Rollback { slice: Slice::All, strike });
            if classes.has(Class::Rounds) && chance.one_in(2) {
                steps.push(Step::Settle);
                let strike = Strike::default();
                steps.push(Step::Rollback { slice: Slice::All, strike });
            }
        }
        let steps = steps.into_iter().enumerate().collect();
        Self { seed, classes: classes.clone(), steps }
    }

    /// Only the steps of these numbers.
    pub fn keep(mut self, numbers: &[usize]) -> Self {
        self.steps.retain(|(number, _)| numbers.contains(number));
        self
    }

    /// Without one step.
    pub fn without(&self, place: usize) -> Self {
        let mut shorter = self.clone();
        shorter.steps.remove(place);
        shorter
    }
}

fn write(classes: &Classes, chance: &mut Chance) -> Step {
    let strike = Strike::make(classes, chance);
    let partial = chance.one_in(2);
    if chance.one_in(2) {
        return Step::Delta { partial, strike };
    }
    let part = match chance.below(6) {
        0 if classes.has(Class::Parts) => Part::Sample(1 + chance.below(2)),
        1 if classes.has(Class::Phases) => Part::Phase(PHASES[chance.below(PHASES.len())]),
        2 if classes.has(Class::Parts) => Part::Only(chance.below(16)),
        _ => Part::All,
    };
    Step::Write { partial, part, strike }
}

fn undo_strike(classes: &Classes, chance: &mut Chance) -> Strike {
    if classes.has(Class::RollbackStruck) {
        Strike::make(classes, chance)
    } else {
        Strike::default()
    }
}

fn slice(chance: &mut Chance) -> Slice {
    match chance.below(6) {
        0 | 1 => Slice::Run(chance.below(3)),
        2 => Slice::Since(chance.below(3)),
        3 => Slice::Phase(PHASES[1 + chance.below(PHASES.len() - 1)]),
        4 => Slice::Ticket(chance.below(16)),
        _ => Slice::Customer(chance.below(16)),
    }
}

fn step(classes: &Classes, chance: &mut Chance) -> Step {
    loop {
        let act = Act::ALL[chance.below(Act::ALL.len())];
        let at = chance.below(16);
        let step = match chance.below(12) {
            0..=3 if classes.has(Class::Edits) => {
                Step::Edit { edit: Edit::change(chance), salt: chance.number() }
            }
            4 if classes.has(Class::Withdrawals) => {
                Step::Edit { edit: Edit::withdrawal(chance), salt: 0 }
            }
            5 if classes.has(Class::Maps) && chance.one_in(2) => Step::Map(Map::Teammate),
            5 if classes.has(Class::Maps) => Step::Map(Map::Footer),
            6 if classes.has(Class::ActsOnTheirs) => Step::Act { act, on_ours: false, at },
            7 if classes.has(Class::ActsOnOurs) => Step::Act { act, on_ours: true, at },
            8 if classes.has(Class::CutReads) => {
                Step::CutRead { after_ms: 40 + chance.number() % 120 }
            }
            9 if classes.has(Class::RollbackSlices) => {
                let strike = undo_strike(classes, chance);
                Step::Rollback { slice: slice(chance), strike }
            }
            10 if classes.disturb() => Step::Settle,
            11 => write(classes, chance),
            _ if classes.is_empty() => write(classes, chance),
            _ => continue,
        };
        return step;
    }
}
