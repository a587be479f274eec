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
    proposer.teams(profile, workspace, defaults.leaf_teams);
    proposer.ticket_states(profile, workspace, defaults);
    proposer.redirects(profile, workspace);
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

    /// Which state tickets end in, where the source's threads may become tickets.
    fn ticket_states(
        &mut self,
        profile: &SourceProfile,
        workspace: &Workspace,
        defaults: &Defaults,
    ) {
        if profile.tickets == 0 || !WITH_TICKETS.contains(&defaults.source.as_str()) {
            return;
        }
        for state in &workspace.ticket_states {
            let category = state.category.clone();
            self.mapping.ticket_states.entry(category).or_insert_with(|| state.id.clone());
        }
        for category in TICKET_STATES {
            if !self.mapping.ticket_states.contains_key(category) {
                let evidence = "no such state: write the id of the one to use".to_owned();
                let about = format!("ticket_states.{category}");
                self.remark(about, Confidence::Low, evidence, Vec::new());
            }
        }
    }

    /// The help centre that answers at the old addresses, if there is one.
    fn redirects(&mut self, profile: &SourceProfile, workspace: &Workspace) {
        let host = |base: &&String| {
            let address = url::Url::parse(base).ok();
            address.and_then(|address| address.host_str().map(str::to_lowercase))
        };
        for center in &workspace.help_centers {
            let known = |base: &&String| host(base).is_some_and(|h| profile.hosts.contains(&h));
            if let Some(base) = center.bases.iter().find(known) {
                self.mapping.help_center = Some(center.id.clone());
                self.mapping.redirect_base = Some(base.clone());
                let evidence = "the help centre answers at the old addresses".to_owned();
                self.remark("links".to_owned(), Confidence::High, evidence, Vec::new());
                return;
            }
        }
    }

    fn teams(&mut self, profile: &SourceProfile, workspace: &Workspace, leaf: bool) {
        for (word, seen) in &profile.teams {
            let matches = team_paths(word, profile, leaf)
                .iter()
                .map(|name| named(workspace, name))
                .find(|matches| !matches.is_empty())
                .unwrap_or_default();
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

/// Sources whose threads may become tickets.
const WITH_TICKETS: [&str; 2] = ["clickdesk", "itco"];

/// Categories of states that tickets end in.
const TICKET_STATES: [&str; 3] = ["in_progress", "waiting_on_customer", "resolved"];

fn named<'a>(workspace: &'a Workspace, name: &str) -> Vec<&'a Listed> {
    let is = |team: &&Listed| team.name.as_deref().map(fold).as_deref() == Some(name);
    workspace.teams.iter().filter(is).collect()
}

/// Folded names under which a team may be known, the likeliest first (decision T8).
fn team_paths(word: &str, profile: &SourceProfile, leaf: bool) -> Vec<String> {
    let mut names = vec![word.to_owned()];
    let last = word.rsplit(" / ").next().unwrap_or(word).to_owned();
    let of_tree = profile.team_tree.values().filter(|(name, _)| fold(name) == last);
    for (name, parent) in of_tree {
        let mut path = vec![fold(name)];
        let mut at = parent.as_ref();
        while let Some((name, above)) = at.and_then(|key| profile.team_tree.get(key)) {
            path.insert(0, fold(name));
            at = above.as_ref().filter(|_| path.len() < TEAM_DEPTH_MAX);
        }
        names.push(path.join(" / "));
    }
    if leaf {
        names.insert(0, last);
    }
    names
}

/// Teams followed upwards before they are taken for a circle.
const TEAM_DEPTH_MAX: usize = 16;

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
