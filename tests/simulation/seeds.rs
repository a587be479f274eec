//! The seeds of every build, and those run by hand:
//! `DESKLEDGER_SIMULATION_SEEDS=0..1000 cargo nextest run --run-ignored only by_hand --no-capture`,
//! with `DESKLEDGER_SIMULATION_CLASSES=edits,kills` for some classes of what may happen alone, and
//! `DESKLEDGER_SIMULATION_KEEP=0,3` for some steps of one seed alone.

use std::time::Instant;

use futures::{StreamExt, stream};

use super::classes::Classes;
use super::run::perform;
use super::shrink::shrink;
use super::step::Sequence;

const SEEDS: &str = "DESKLEDGER_SIMULATION_SEEDS";
const CLASSES: &str = "DESKLEDGER_SIMULATION_CLASSES";
const KEEP: &str = "DESKLEDGER_SIMULATION_KEEP";

/// Seeds of one test; the tests run side by side.
const SEEDS_EACH: u64 = 8;

/// Seeds at once: a sequence mostly waits for the disk.
const AT_ONCE: usize = 2;

/// Performs a sequence; what it must say if it fails.
async fn told(sequence: &Sequence) -> Result<(), String> {
    let Err(failure) = perform(sequence).await else { return Ok(()) };
    let (short, failure) = shrink(sequence, failure).await;
    let mut text = format!("seed {} failed:\n", sequence.seed);
    for (number, step) in &short.steps {
        let mark = if *number == failure.step { "=>" } else { "  " };
        text.push_str(&format!("{mark} {number:2} {step:?}\n"));
    }
    for one in &failure.said {
        text.push_str(&format!("   {one}\n"));
    }
    let keep: Vec<String> = short.steps.iter().map(|(number, _)| number.to_string()).collect();
    let (from, to, keep) = (sequence.seed, sequence.seed + 1, keep.join(","));
    text.push_str(&format!(
        "again: {SEEDS}={from}..{to} {CLASSES}={} {KEEP}={keep} \
         cargo nextest run --run-ignored only by_hand --no-capture",
        sequence.classes.names()
    ));
    Err(text)
}

async fn shard(number: u64) {
    let classes = Classes::parse("all");
    let seeds = number * SEEDS_EACH..(number + 1) * SEEDS_EACH;
    let sequences = seeds.map(|seed| Sequence::make(seed, &classes));
    let mut ended = stream::iter(sequences).map(async |one| told(&one).await).buffered(AT_ONCE);
    while let Some(told) = ended.next().await {
        if let Err(said) = told {
            panic!("{said}");
        }
    }
}

macro_rules! shards {
    ($($name:ident $number:literal),*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                shard($number).await;
            }
        )*
    };
}

shards!(first 0, second 1, third 2, fourth 3, fifth 4, sixth 5, seventh 6, eighth 7);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "as many as wanted, by hand"]
#[allow(clippy::print_stdout, reason = "how far it got")]
async fn by_hand() {
    let seeds = std::env::var(SEEDS).unwrap_or_else(|_| "0..20".to_owned());
    let (from, to) = seeds.split_once("..").unwrap();
    let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
    let classes = std::env::var(CLASSES).ok();
    let classes = classes.map_or_else(|| Classes::parse("all"), |some| Classes::parse(&some));
    let keep: Option<Vec<usize>> = std::env::var(KEEP)
        .ok()
        .map(|all| all.split(',').map(|number| number.parse().unwrap()).collect());
    let start = Instant::now();
    let mut failed = Vec::new();
    let sequences = (from..to).map(|seed| {
        let sequence = Sequence::make(seed, &classes);
        keep.as_ref().map_or(sequence.clone(), |keep| sequence.keep(keep))
    });
    let tell = async |one: Sequence| (one.seed, told(&one).await);
    let mut ended = stream::iter(sequences).map(tell).buffered(AT_ONCE);
    while let Some((seed, told)) = ended.next().await {
        if let Err(said) = told {
            println!("{said}\n");
            failed.push(seed);
        }
    }
    let each = start.elapsed().as_millis() / u128::from((to - from).max(1));
    println!("{} seeds, {each} ms each, failed: {failed:?}", to - from);
    assert!(failed.is_empty(), "failed: {failed:?}");
}
