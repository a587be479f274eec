//! What a reading is held against: the rights of its user, the site's own counts, the state in
//! which an updater left the tables.

use std::collections::BTreeMap;

use deskledger::source::Finding;

use super::family::Family;
use super::site::{Site, read};

fn reasons(findings: &[Finding], code: &str) -> Vec<String> {
    let of_code = findings.iter().filter(|finding| finding.code.word() == code);
    of_code.map(|finding| finding.reason.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_only_select_reads_everything_and_changes_nothing() {
    for family in Family::ALL {
        let Some(site) = Site::new(family).await else { return };
        let grants = site.maria.grants().await;
        for grant in &grants {
            let allowed =
                grant.starts_with("GRANT USAGE ON") || grant.starts_with("GRANT SELECT ON");
            assert!(allowed, "{grant}");
        }
        let before = site.maria.checksums().await;
        let found = site.read().await;
        assert_eq!(found.summary.objects["tickets"].records, 8, "{family:?}");
        assert_eq!(site.maria.checksums().await, before, "{family:?}");
        site.maria.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_of_the_statistics_page_are_held_against_what_is_found() {
    let Some(site) = Site::new(Family::V37).await else { return };
    let found = site.read().await;
    let counted = |object: &str| found.summary.objects[object].rows;
    let of_page = |found: &[Finding]| {
        let mut told = reasons(found, "count_mismatch");
        told.retain(|reason| reason.contains("statistics page"));
        told
    };
    assert!(of_page(&found.findings()).is_empty());
    let mut place = site.place();
    place.expected = ["tickets", "replies", "kb_articles"]
        .map(|object| (object.to_owned(), counted(object)))
        .into();
    assert!(of_page(&read(place.clone()).await.unwrap().findings()).is_empty());
    place.expected = BTreeMap::from([("tickets".to_owned(), 9), ("nothing".to_owned(), 1)]);
    assert_eq!(
        of_page(&read(place).await.unwrap().findings()),
        [
            "0 were found; the statistics page shows 1.",
            "8 were found; the statistics page shows 9.",
        ]
    );
    site.maria.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hesks_own_counters_are_held_against_what_is_found() {
    for family in Family::ALL {
        let Some(site) = Site::new(family).await else { return };
        let findings = site.read().await.findings();
        let of_ticket = |key: &str| -> Vec<String> {
            let of_ticket = findings.iter().filter(|finding| {
                finding.code.word() == "thread_incomplete"
                    && finding.key.as_ref().is_some_and(|one| one.to_string() == key)
            });
            of_ticket.map(|finding| finding.reason.clone()).collect()
        };
        assert_eq!(
            of_ticket("hesk/ticket/7"),
            ["0 were found; the ticket's own counter says 5."],
            "{family:?}"
        );
        assert!(of_ticket("hesk/ticket/1").is_empty(), "{family:?}");
        let shelves = reasons(&findings, "count_mismatch");
        let orphan = "0 were found; the counter says 7.".to_owned();
        assert!(shelves.contains(&orphan), "{family:?}: {shelves:?}");
        site.maria.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_migration_that_broke_off_half_way_is_said() {
    for trace in [
        "CREATE TABLE hesk_temp_customers (id int)",
        "ALTER TABLE hesk_replies ADD name varchar(255) NOT NULL DEFAULT ''",
    ] {
        let Some(site) = Site::new(Family::V37).await else { return };
        assert!(!site.read().await.codes().contains("migration_unfinished"));
        site.run(&[trace]).await;
        let found = site.read().await;
        assert!(found.codes().contains("migration_unfinished"), "{trace}");
        let ticket = found.ticket(1);
        assert_eq!(ticket.customer.email.as_deref(), Some("ann@example.com"), "{trace}");
        assert!(ticket.customer.key.unwrap().to_string().starts_with("hesk/requester/"));
        site.maria.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mods_for_hesk_are_refused_by_name() {
    for table in ["hesk_statuses", "hesk_stage_tickets"] {
        let Some(site) = Site::new(Family::V28).await else { return };
        site.run(&[&format!("CREATE TABLE {table} (id int)")]).await;
        let refused = read(site.place()).await.err().unwrap();
        assert_eq!(refused.code(), "source_unfit");
        assert!(refused.to_string().contains("Mods for HESK"), "{refused}");
        site.maria.remove().await;
    }
}
