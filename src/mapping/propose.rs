//! Proposes a map from what a source holds and what the workspace offers. Whatever is proposed
//! carries its evidence, and what speaks against it; a person confirms.

use super::defaults::Defaults;
use super::fold::{fold, fold_email};
use super::profile::{SourceProfile, Spellings, TeammateProfile, WordProfile};
use super::proposal::{Confidence, Listed, Proposal, Proposer, Workspace};
use super::propose_field;
use super::rule::{Mapping, TeammateRule};

/// Proposes a map.
pub fn propose(profile: &SourceProfile, workspace: &Workspace, defaults: &Defaults) -> Proposal {
    let mut proposer = Proposer {
        mapping: Mapping::empty(&defaults.source, &defaults.prefix),
        remarks: Vec::new(),
    };
    proposer.links(profile, defaults);
    proposer.status(profile, defaults);
    proposer.teams(profile, workspace);
    proposer.tags(profile, workspace);
    proposer.companies(profile);
    for (label, path) in &profile.categories {
        proposer.mapping.collections.insert(label.clone(), path.clone());
    }
    let teammates = proposer.teammates(profile, workspace);
    propose_field::fields(profile, workspace, defaults, &mut proposer);
    let collisions = propose_field::collisions(profile);
    let Proposer { mapping, remarks } = proposer;
    Proposal { mapping: mapping.with_teammates(teammates), remarks, collisions }
}

impl Proposer {
    fn links(&mut self, profile: &SourceProfile, defaults: &Defaults) {
        let links = &mut self.mapping.links;
        links.clone_from(&defaults.links);
        let seen = [
            (&mut links.hosts, &profile.hosts),
            (&mut links.article_paths, &profile.article_paths),
        ];
        for (known, seen) in seen {
            for value in seen {
                if !known.contains(value) {
                    known.push(value.clone());
                }
            }
        }
        let evidence = "by the source's rules and the addresses of its articles".to_owned();
        self.remark("links".to_owned(), Confidence::High, evidence, Vec::new());
    }

    fn status(&mut self, profile: &SourceProfile, defaults: &Defaults) {
        for (word, seen) in &profile.status {
            let about = format!("status.{word}");
            let WordProfile { spelling, count, state } = seen;
            let default = defaults.status.get(word);
            let (to, confidence, why) = match (default, state) {
                (Some((to, true)), _) => (*to, Confidence::High, "published by the vendor"),
                (Some((to, false)), _) => (*to, Confidence::Medium, "a translation"),
                (None, Some(to)) => (*to, Confidence::Medium, "as the export was read"),
                (None, None) => {
                    let evidence = format!("{spelling:?} ({count}): which state?");
                    self.remark(about, Confidence::Low, evidence, Vec::new());
                    continue;
                }
            };
            self.mapping.status.insert(word.clone(), to);
            let evidence = format!("{spelling:?} ({count}), {why}");
            self.remark(about, confidence, evidence, Vec::new());
        }
    }

    fn teams(&mut self, profile: &SourceProfile, workspace: &Workspace) {
        for (word, seen) in &profile.teams {
            let named = |team: &&Listed| team.name.as_deref().map(fold).as_ref() == Some(word);
            let matches: Vec<_> = workspace.teams.iter().filter(named).collect();
            let (id, confidence, why) = match matches.as_slice() {
                [team] => (Some(team.id.clone()), Confidence::High, "a team of this name"),
                [] => (None, Confidence::Low, "no team of this name: an attribute only"),
                _ => (None, Confidence::Low, "several teams of this name"),
            };
            self.mapping.teams.insert(word.clone(), id);
            let evidence = format!("{:?} ({}), {why}", seen.spelling, seen.count);
            self.remark(format!("teams.{word}"), confidence, evidence, Vec::new());
        }
    }

    fn tags(&mut self, profile: &SourceProfile, workspace: &Workspace) {
        for (word, spellings) in &profile.tags {
            let there = workspace.tags.iter().find(|tag| fold(tag) == *word);
            let first = spellings.first().map(|(spelling, _)| spelling);
            let Some(name) = there.or(first) else { continue };
            if spellings.len() > 1 || there.is_some_and(|tag| Some(tag) != first) {
                self.mapping.tags.insert(word.clone(), name.clone());
                let why = if there.is_some() { "as in Intercom" } else { "the first spelling" };
                let evidence = format!("{}, {why}", listed(spellings));
                self.remark(format!("tags.{word}"), Confidence::High, evidence, Vec::new());
            }
        }
    }

    fn companies(&mut self, profile: &SourceProfile) {
        for spellings in profile.companies.values().filter(|spellings| spellings.len() > 1) {
            let most = spellings.iter().map(|(_, count)| *count).max();
            let Some((name, _)) = spellings.iter().find(|(_, count)| Some(*count) == most) else {
                continue;
            };
            for (spelling, _) in spellings {
                let word = fold(spelling);
                if self.mapping.companies.insert(word.clone(), name.clone()).is_none() {
                    let evidence = format!("{}, the most frequent", listed(spellings));
                    let about = format!("companies.{word}");
                    self.remark(about, Confidence::Medium, evidence, Vec::new());
                }
            }
        }
    }

    fn teammates(&mut self, profile: &SourceProfile, workspace: &Workspace) -> Vec<TeammateRule> {
        let mut rules = Vec::new();
        for (word, person) in &profile.teammates {
            let (admin, confidence, evidence) = match_admin(person, &workspace.admins);
            let key = person.key.clone().or_else(|| person.email.clone());
            let about = key.or_else(|| person.name.clone()).unwrap_or_else(|| word.clone());
            self.remark(format!("teammate.{about}"), confidence, evidence, Vec::new());
            rules.push(TeammateRule {
                key: person.key.clone(),
                email: person.email.clone(),
                name: person.name.clone(),
                admin,
            });
        }
        rules
    }
}

fn match_admin(
    person: &TeammateProfile,
    admins: &[Listed],
) -> (Option<String>, Confidence, String) {
    let email = person.email.as_deref().map(fold_email);
    let by_email = admins
        .iter()
        .find(|admin| email.is_some() && admin.email.as_deref().map(fold_email) == email);
    if let Some(admin) = by_email {
        return (Some(admin.id.clone()), Confidence::High, "the same e-mail address".to_owned());
    }
    let name = person.name.as_deref().map(fold);
    let named: Vec<_> = admins
        .iter()
        .filter(|admin| name.is_some() && admin.name.as_deref().map(fold) == name)
        .collect();
    match named.as_slice() {
        [admin] => (Some(admin.id.clone()), Confidence::Medium, "the same name only".to_owned()),
        _ => (None, Confidence::Low, "no such admin: the fallback of G3 speaks".to_owned()),
    }
}

fn listed(spellings: &Spellings) -> String {
    let texts: Vec<_> =
        spellings.iter().map(|(text, count)| format!("{text:?} ({count})")).collect();
    texts.join(", ")
}
