//! The tables of Hesk, and column by column what is read. Whatever is not listed is not read:
//! passwords, tokens and secrets stand in the same tables.

/// What becomes of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Its rows are records or belong to some.
    Read,
    /// Left alone, for this reason.
    Left(&'static str),
}

/// A table as we know it.
#[derive(Debug)]
pub struct Table {
    /// Name without prefix.
    pub name: &'static str,
    /// What becomes of it.
    pub used: Use,
    /// Columns that are read where they exist.
    pub columns: &'static [&'static str],
    /// Columns that are known and not read.
    pub left: &'static [&'static str],
}

const fn read(
    name: &'static str,
    columns: &'static [&'static str],
    left: &'static [&'static str],
) -> Table {
    Table { name, used: Use::Read, columns, left }
}

const fn left(name: &'static str, why: &'static str) -> Table {
    Table { name, used: Use::Left(why), columns: &[], left: &[] }
}

/// How many custom fields a ticket may have.
pub const CUSTOM_FIELDS_MAX: u32 = 100;

/// Columns of `tickets` that name the requester; what they mean depends on the version.
pub const NAME_BEFORE: (&str, &str) = ("name", "email");

/// The same from 3.5 on: copies of the moment of submission, stale ever since.
pub const NAME_STALE: (&str, &str) = ("u_name", "u_email");

/// All tables, in no particular order.
pub const TABLES: &[Table] = &[
    read(
        "tickets",
        &[
            "id",
            "trackid",
            "category",
            "priority",
            "subject",
            "message",
            "message_html",
            "dt",
            "lastchange",
            "firstreply",
            "closedat",
            "articles",
            "ip",
            "language",
            "status",
            "openedby",
            "firstreplyby",
            "closedby",
            "replies",
            "staffreplies",
            "owner",
            "assignedby",
            "time_worked",
            "lastreplier",
            "replierid",
            "archive",
            "locked",
            "attachments",
            "merged",
            "history",
            "due_date",
        ],
        &[
            "name",
            "email",
            "u_name",
            "u_email",
            "overdue_email_sent",
            "satisfaction_email_sent",
            "satisfaction_email_dt",
            "eid",
        ],
    ),
    read(
        "replies",
        &[
            "id",
            "replyto",
            "name",
            "message",
            "message_html",
            "dt",
            "attachments",
            "staffid",
            "customer_id",
            "rating",
        ],
        &["read", "eid"],
    ),
    read("notes", &["id", "ticket", "who", "dt", "message", "attachments"], &[]),
    read("attachments", &["att_id", "ticket_id", "saved_name", "real_name", "size", "type"], &[]),
    read(
        "categories",
        &[
            "id",
            "name",
            "cat_order",
            "autoassign",
            "autoassign_config",
            "type",
            "priority",
            "default_due_date_amount",
            "default_due_date_unit",
        ],
        &[],
    ),
    read(
        "users",
        &[
            "id",
            "user",
            "isadmin",
            "active",
            "name",
            "email",
            "nickname",
            "signature",
            "language",
            "categories",
            "heskprivileges",
            "replies",
            "rating",
            "ratingpos",
            "ratingneg",
        ],
        &[
            "pass",
            "autoassign",
            "default_list",
            "default_calendar_view",
            "mfa_enrollment",
            "mfa_secret",
            "afterreply",
            "autostart",
            "autoreload",
            "default_notify_customer_new",
            "default_notify_customer_reply",
            "default_notify_customer_note",
            "show_suggested",
            "default_export",
            "notify_customer_new",
            "notify_customer_reply",
        ],
    ),
    read(
        "customers",
        &["id", "name", "email", "language", "verified"],
        &[
            "pass",
            "verification_token",
            "verification_email_sent_at",
            "mfa_enrollment",
            "mfa_secret",
        ],
    ),
    read("ticket_to_customer", &["ticket_id", "customer_id", "customer_type"], &["id"]),
    read("ticket_to_collaborator", &["ticket_id", "user_id"], &["id"]),
    read("linked_tickets", &["ticket_id1", "ticket_id2", "dt_created"], &["id"]),
    read(
        "custom_fields",
        &["id", "use", "place", "type", "req", "category", "name", "value", "order"],
        &[],
    ),
    read("custom_statuses", &["id", "name", "color", "can_customers_change", "order"], &[]),
    read(
        "custom_priorities",
        &["id", "name", "color", "can_customers_select", "priority_order"],
        &[],
    ),
    read("permission_groups", &["id", "name"], &[]),
    read("permission_group_members", &["group_id", "user_id"], &["id"]),
    read("permission_group_categories", &["group_id", "category_id"], &["id"]),
    read("permission_group_features", &["group_id", "feature"], &["id"]),
    read("std_replies", &["id", "title", "message", "message_html", "reply_order"], &[]),
    read("ticket_templates", &["id", "title", "message", "message_html", "tpl_order"], &[]),
    read(
        "kb_categories",
        &[
            "id",
            "name",
            "parent",
            "articles",
            "articles_private",
            "articles_draft",
            "cat_order",
            "type",
        ],
        &[],
    ),
    read(
        "kb_articles",
        &[
            "id",
            "catid",
            "dt",
            "author",
            "subject",
            "content",
            "keywords",
            "rating",
            "votes",
            "views",
            "type",
            "html",
            "sticky",
            "art_order",
            "history",
            "attachments",
        ],
        &[],
    ),
    read("kb_attachments", &["att_id", "saved_name", "real_name", "size"], &[]),
    read(
        "service_messages",
        &[
            "id", "dt", "author", "title", "message", "language", "style", "type", "order",
            "location",
        ],
        &[],
    ),
    left("reply_drafts", "replies that were never sent"),
    left("mail", "private messages between staff"),
    left("temp_attachments", "uploads that were never submitted"),
    left("temp_attachments_limits", "operational"),
    left("bookmarks", "stars of single members of staff"),
    left("email_id_to_ticket", "ids of mails"),
    left("pending_customer_email_changes", "addresses that nobody confirmed"),
    left("temp_customers", "left by an unfinished customer migration"),
    left("banned_emails", "a list of the site, to be rebuilt by hand"),
    left("banned_ips", "a list of the site, to be rebuilt by hand"),
    left("muted_emails", "a list of the site, to be rebuilt by hand"),
    left("log_overdue", "operational"),
    left("logins", "operational"),
    left("online", "operational"),
    left("pipe_loops", "operational"),
    left("pipe_rejections", "operational"),
    left("reset_password", "secret"),
    left("auth_tokens", "secret"),
    left("mfa_verification_tokens", "secret"),
    left("mfa_backup_codes", "secret"),
    left("oauth_providers", "secret"),
    left("oauth_tokens", "secret"),
];

/// The table of that name.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// Whether a column is known and left: each user's own switches come and go with the versions.
pub fn is_left(table: &Table, column: &str) -> bool {
    table.left.contains(&column) || (table.name == "users" && column.starts_with("notify_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_ever_read() {
        for table in TABLES {
            for column in table.columns {
                for word in ["pass", "token", "secret", "mfa", "oauth", "verification"] {
                    assert!(!column.contains(word), "{}.{column}", table.name);
                }
            }
        }
    }

    #[test]
    fn names_are_distinct() {
        let names: std::collections::BTreeSet<_> = TABLES.iter().map(|table| table.name).collect();
        assert_eq!(names.len(), TABLES.len());
    }
}
