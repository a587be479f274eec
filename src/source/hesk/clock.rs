//! Settles the site's zone: decided, said by its settings, or told by the tickets.

use chrono_tz::Tz;

use super::database::Database;
use super::history;
use super::pass::Site;
use super::php::Settings;
use super::schema::Schema;
use super::time;
use super::zone::{self, Sample};
use crate::source::contract::{Reading, SourceError};
use crate::source::finding::{Code, Finding, Severity};

/// Tickets that are asked for their first history line; more say nothing new.
const WITNESSES_MAX: u64 = 4_000;

/// Characters of a history in which its first line stands.
const FIRST_LINE_CHARS: u32 = 300;

/// The site, and what is noteworthy about its clock.
///
/// # Errors
/// If the database cannot be read.
pub async fn site(
    database: &mut Database,
    schema: &Schema,
    reading: &Reading,
    settings: &Settings,
) -> Result<(Site, Vec<Finding>), SourceError> {
    let mut findings = Vec::new();
    let samples = samples(database, schema, settings.date_format.as_deref()).await?;
    let told = reading.time_zone.or(settings.zone);
    let zone = match told {
        Some(zone) => {
            check(zone, &samples, &mut findings);
            Some(zone)
        }
        None => inferred(&samples, &mut findings),
    };
    let site = Site { zone, date_format: settings.date_format.clone(), url: settings.url.clone() };
    Ok((site, findings))
}

async fn samples(
    database: &mut Database,
    schema: &Schema,
    format: Option<&str>,
) -> Result<Vec<Sample>, SourceError> {
    if !schema.has_column("tickets", "history") {
        return Ok(Vec::new());
    }
    let table = schema.quoted("tickets");
    let counted = database.cells(format!("SELECT COUNT(*) FROM {table}")).await?;
    let count: u64 =
        counted.into_iter().flatten().next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let step = count / WITNESSES_MAX + 1;
    let sql = format!(
        "SELECT dt, LEFT(history, {FIRST_LINE_CHARS}) FROM {table} \
         WHERE id % {step} = 0 AND history <> '' ORDER BY id"
    );
    let mut samples = Vec::new();
    for cells in database.cells(sql).await? {
        let [dt, history] = cells.as_slice() else { continue };
        let first = history::lines(history, format).into_iter().next();
        let local = first.and_then(|line| line.local);
        if let (Some(utc), Some(local)) = (time::utc(dt), local) {
            samples.extend(Sample::of(utc.seconds(), local.and_utc().timestamp()));
        }
    }
    Ok(zone::thinned(samples))
}

fn check(zone: Tz, samples: &[Sample], findings: &mut Vec<Finding>) {
    let agree = zone::agreeing(zone, samples);
    if agree * 10 < samples.len() * 9 {
        let count = samples.len();
        let reason = format!("{agree} of {count} weeks of history agree with {zone}.");
        findings.push(Finding::new(Code::ZoneDiffers, reason).column("history"));
    }
}

fn inferred(samples: &[Sample], findings: &mut Vec<Finding>) -> Option<Tz> {
    let Some(found) = zone::infer(samples) else {
        let reason = "Nothing tells the site's time zone; history and due dates need it.";
        findings.push(Finding::new(Code::TimeZoneUndecided, reason).column("history"));
        return None;
    };
    let (zone, agree, count) = (found.zone, found.agree, found.samples);
    let mut reason = format!("{zone}, by {agree} of {count} weeks of history.");
    let mut finding = Finding::new(Code::ZoneInferred, "");
    if let Some(rival) = found.rival {
        reason.push_str(&format!(" {rival} fits as well and differs at other times."));
        finding = finding.severity(Severity::Warning);
    }
    finding.reason = reason;
    findings.push(finding.column("history"));
    Some(zone)
}
