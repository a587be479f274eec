//! Reads the answers to the decisions that only one source is asked.

use std::collections::BTreeSet;

use super::asked::Asked;
use super::error::MappingError;
use super::policy_source::{
    Addressless, Category, Collisions, CompanyFrom, CompanyKeys, CustomObjects, Erased, Handles,
    MultiSelect, SavedReplies, Selection, SourcePolicy, SystemLines, TagTarget, Technicians,
    Threads, TicketTypes, words,
};

/// The decisions of a source; what others are asked has no say.
///
/// # Errors
/// If an answer is no option.
pub(super) fn of(source: &str, asked: &Asked<'_>) -> Result<SourcePolicy, MappingError> {
    let mut policy = common(asked)?;
    match source {
        "clickdesk" => clickdesk(asked, &mut policy)?,
        "hesk" => hesk(asked, &mut policy)?,
        "infraon" => infraon(asked, &mut policy)?,
        "itco" => itco(asked, &mut policy)?,
        _ => {}
    }
    Ok(policy)
}

fn common(asked: &Asked<'_>) -> Result<SourcePolicy, MappingError> {
    Ok(SourcePolicy {
        addressless: match asked.is("D14", "lead")? {
            true => Addressless::Lead,
            false => Addressless::Skip,
        },
        threads: Threads::Conversations,
        ticket_types: TicketTypes::Create,
        call_objects: false,
        tag_attributes: BTreeSet::new(),
        tag_target: TagTarget::Conversation,
        handles: Handles::Each,
        doubtful_waits: false,
        ticket_comments: false,
        system_lines: SystemLines::Each,
        team_tag: false,
        erased: Erased::Hold,
        technicians: Technicians::Match,
        objects: CustomObjects::Write,
        company_from: CompanyFrom::Records,
        ci_types: Selection::All,
        asset_categories: Selection::All,
        category: Category::AsMapped,
        catalogue_objects: false,
        merged: true,
        change_types_mapped: false,
        ticket_priority: false,
        files_by_hand: false,
        knowledge_by_hand: false,
        unmatched_waits: false,
        leaf_teams: false,
        company_keys: CompanyKeys::Id,
        multi_select: MultiSelect::Joined,
        collisions: match asked.option("D5")? {
            Some("consolidate") => Collisions::Consolidate,
            Some("drop") => Collisions::Drop,
            _ => Collisions::Separate,
        },
        saved_replies: match asked.option("D8")? {
            Some("internal_article") => SavedReplies::InternalArticle,
            Some("skip") => SavedReplies::Skip,
            _ => SavedReplies::File,
        },
        agent_levels: true,
        category_in_description: false,
        attachment_links: false,
        managers_admin: false,
        flag_anonymous: false,
    })
}

fn clickdesk(asked: &Asked<'_>, policy: &mut SourcePolicy) -> Result<(), MappingError> {
    policy.addressless = match asked.option("C-7")? {
        Some("all") => Addressless::Lead,
        Some("none") => Addressless::Skip,
        _ => Addressless::LeadWithThread,
    };
    policy.flag_anonymous = true;
    policy.agent_levels = asked.is("C-6", "by_level")?;
    policy.category_in_description = asked.is("C-9", "description")?;
    policy.threads = match asked.option("C-1")? {
        Some("conversation") => Threads::Conversations,
        Some("ticket") => Threads::Tickets,
        _ => Threads::ByRule,
    };
    if asked.is("C-2", "existing")? {
        policy.ticket_types = TicketTypes::Existing;
    }
    policy.call_objects = asked.is("C-3", "custom_object")?;
    if asked.is("C-4", "attribute")? {
        let listed = asked.value("C-4")?.unwrap_or_default();
        policy.tag_attributes = words(&listed).collect();
    }
    policy.tag_target = match asked.option("C-5")? {
        Some("conversation") => TagTarget::Conversation,
        Some("both") => TagTarget::Both,
        _ => TagTarget::Contact,
    };
    policy.handles = match asked.option("C-8")? {
        Some("shared") => Handles::Shared,
        Some("skip") => Handles::Skip,
        _ => Handles::Each,
    };
    policy.doubtful_waits = asked.is("C-11", "stop")?;
    policy.ticket_comments = asked.is("C-12", "comment")?;
    policy.system_lines = match asked.option("C-13")? {
        Some("note") => SystemLines::Each,
        Some("drop") => SystemLines::Drop,
        _ => SystemLines::Summary,
    };
    Ok(())
}

fn hesk(asked: &Asked<'_>, policy: &mut SourcePolicy) -> Result<(), MappingError> {
    policy.addressless = match asked.option("H3")? {
        Some("lead") => Addressless::Lead,
        Some("skip") => Addressless::Skip,
        _ => Addressless::Placeholder,
    };
    policy.team_tag = asked.is("H2", "mapping")?;
    policy.attachment_links = asked.is("H10", "on")?;
    policy.managers_admin = asked.is("H7", "admin")?;
    policy.erased = match asked.option("H5")? {
        Some("skip") => Erased::Skip,
        Some("anonymous") => Erased::Anonymous,
        _ => Erased::Hold,
    };
    Ok(())
}

fn infraon(asked: &Asked<'_>, policy: &mut SourcePolicy) -> Result<(), MappingError> {
    policy.addressless = match asked.option("I12")? {
        Some("lead") => Addressless::Lead,
        _ => Addressless::Wait,
    };
    policy.technicians = match asked.option("I1")? {
        Some("match") => Technicians::Match,
        _ => Technicians::Contacts { block: asked.is("I2", "block")? },
    };
    policy.objects = match asked.option("I3")? {
        Some("yes") => CustomObjects::Write,
        Some("no") => CustomObjects::Archive,
        _ => CustomObjects::Undecided,
    };
    policy.company_from = match asked.option("I5")? {
        Some("department") => CompanyFrom::Field("department"),
        Some("location") => CompanyFrom::Field("location"),
        Some("partner") => CompanyFrom::Field("partner"),
        Some("none") => CompanyFrom::Nowhere,
        _ => CompanyFrom::Records,
    };
    policy.ci_types = selection(asked, "I6")?;
    policy.asset_categories = selection(asked, "I7")?;
    policy.category = match asked.option("I8")? {
        Some("attribute") => Category::AsMapped,
        Some("both") => Category::Both,
        _ => Category::Tag,
    };
    policy.catalogue_objects = asked.is("I10", "custom_object")?;
    policy.merged = asked.is("I11", "include")?;
    policy.change_types_mapped = asked.is("I14", "map")?;
    Ok(())
}

fn selection(asked: &Asked<'_>, id: &str) -> Result<Selection, MappingError> {
    Ok(match asked.value(id)? {
        Some(list) => Selection::of(&list),
        None => Selection::All,
    })
}

fn itco(asked: &Asked<'_>, policy: &mut SourcePolicy) -> Result<(), MappingError> {
    policy.threads = match asked.option("T1")? {
        Some("conversation") => Threads::Conversations,
        Some("linked") => Threads::Linked,
        _ => Threads::Convert,
    };
    policy.ticket_priority = asked.is("T2", "ticket_attribute")?;
    policy.files_by_hand = asked.is("T4", "manual")?;
    if asked.is("T5", "reference")? {
        policy.tag_target = TagTarget::Sheet;
    }
    policy.knowledge_by_hand = asked.is("T6", "reference")?;
    policy.unmatched_waits = asked.is("T7", "stop")?;
    policy.leaf_teams = asked.is("T8", "leaf")?;
    policy.company_keys = match asked.option("T9")? {
        Some("skip") => CompanyKeys::Domain,
        _ => CompanyKeys::DomainOrName,
    };
    policy.multi_select = match asked.option("T10")? {
        Some("booleans") => MultiSelect::Booleans,
        Some("first") => MultiSelect::First,
        _ => MultiSelect::Joined,
    };
    Ok(())
}
