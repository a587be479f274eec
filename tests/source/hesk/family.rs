//! Tables of four families of versions, by our own description.

use std::fmt::Write as _;

/// A family of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    V28,
    V34,
    V35,
    V37,
}

impl Family {
    pub const ALL: [Self; 4] = [Self::V28, Self::V34, Self::V35, Self::V37];

    pub fn word(self) -> &'static str {
        match self {
            Self::V28 => "2.8",
            Self::V34 => "3.4",
            Self::V35 => "3.5",
            Self::V37 => "3.7",
        }
    }

    /// Customers stand in a table of their own.
    pub fn has_customers(self) -> bool {
        self >= Self::V35
    }
}

const STAMP: &str = "timestamp NOT NULL DEFAULT '2000-01-01 00:00:00'";

fn tickets(family: Family) -> String {
    let mut sql =
        String::from("id mediumint unsigned NOT NULL AUTO_INCREMENT, trackid varchar(13)");
    let (name, email) =
        if family.has_customers() { ("u_name", "u_email") } else { ("name", "email") };
    write!(
        sql,
        ", {name} varchar(255) NOT NULL DEFAULT '', {email} varchar(1000) NOT NULL DEFAULT ''"
    )
    .unwrap();
    let priority = if family >= Family::V37 {
        "tinyint unsigned NOT NULL DEFAULT 3"
    } else {
        "enum('0','1','2','3') NOT NULL DEFAULT '3'"
    };
    write!(
        sql,
        ", category smallint unsigned NOT NULL DEFAULT 1, priority {priority}, \
         subject varchar(255) NOT NULL DEFAULT '', message mediumtext NOT NULL, dt {STAMP}, \
         lastchange timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, \
         firstreply timestamp NULL, closedat timestamp NULL, articles varchar(255) NULL, \
         ip varchar(45) NOT NULL DEFAULT '', language varchar(50) NULL, \
         status tinyint unsigned NOT NULL DEFAULT 0, openedby mediumint NOT NULL DEFAULT 0, \
         firstreplyby smallint unsigned NULL, closedby mediumint NULL, \
         replies smallint unsigned NOT NULL DEFAULT 0, \
         staffreplies smallint unsigned NOT NULL DEFAULT 0, \
         owner smallint unsigned NOT NULL DEFAULT 0, assignedby mediumint NULL, \
         time_worked time NOT NULL DEFAULT '00:00:00', \
         lastreplier enum('0','1') NOT NULL DEFAULT '0', replierid smallint unsigned NULL, \
         archive enum('0','1') NOT NULL DEFAULT '0', locked enum('0','1') NOT NULL DEFAULT '0', \
         attachments mediumtext NOT NULL, merged mediumtext NOT NULL, history mediumtext NOT NULL"
    )
    .unwrap();
    if family >= Family::V34 {
        sql.push_str(
            ", message_html mediumtext NULL, due_date timestamp NULL, \
             overdue_email_sent tinyint(1) NULL, satisfaction_email_sent tinyint(1) NULL, \
             satisfaction_email_dt timestamp NULL",
        );
    }
    if family == Family::V35 {
        sql.push_str(", eid varchar(1000) NULL");
    }
    let customs = if family.has_customers() { 100 } else { 50 };
    for number in 1..=customs {
        write!(sql, ", custom{number} mediumtext NOT NULL").unwrap();
    }
    sql + ", PRIMARY KEY (id), KEY trackid (trackid)"
}

fn replies(family: Family) -> String {
    let mut sql = format!(
        "id mediumint unsigned NOT NULL AUTO_INCREMENT, replyto mediumint unsigned NOT NULL, \
         message mediumtext NOT NULL, dt {STAMP}, attachments mediumtext NULL, \
         staffid smallint unsigned NOT NULL DEFAULT 0, rating enum('1','5') NULL, \
         `read` enum('0','1') NOT NULL DEFAULT '0'"
    );
    if family >= Family::V34 {
        sql.push_str(", message_html mediumtext NULL");
    }
    match family {
        Family::V28 | Family::V34 => sql.push_str(", name varchar(255) NOT NULL DEFAULT ''"),
        Family::V35 => {
            sql.push_str(", customer_id mediumint unsigned NULL, eid varchar(1000) NULL");
        }
        Family::V37 => sql.push_str(", customer_id mediumint unsigned NULL"),
    }
    sql + ", PRIMARY KEY (id), KEY replyto (replyto)"
}

fn users(family: Family) -> String {
    let mut sql = String::from(
        "id smallint unsigned NOT NULL AUTO_INCREMENT, `user` varchar(255), pass varchar(255), \
         isadmin enum('0','1') NOT NULL DEFAULT '0', name varchar(255), email varchar(255), \
         signature varchar(1000) NOT NULL DEFAULT '', language varchar(50) NULL, \
         categories varchar(500) NOT NULL DEFAULT '', heskprivileges text NOT NULL, \
         notify_new_my enum('0','1') NOT NULL DEFAULT '1', \
         autoassign enum('0','1') NOT NULL DEFAULT '1', default_list text NULL, \
         ratingneg int NOT NULL DEFAULT 0, ratingpos int NOT NULL DEFAULT 0, \
         rating float NOT NULL DEFAULT 0, replies int NOT NULL DEFAULT 0",
    );
    if family >= Family::V34 {
        sql.push_str(
            ", mfa_enrollment tinyint(1) NOT NULL DEFAULT 0, mfa_secret varchar(255) NULL",
        );
    }
    if family >= Family::V37 {
        sql.push_str(", active smallint NOT NULL DEFAULT 1, nickname varchar(255) NULL");
    }
    sql + ", PRIMARY KEY (id)"
}

fn canned(order: &str, family: Family) -> String {
    let html = if family >= Family::V34 { "message_html mediumtext NULL, " } else { "" };
    format!(
        "id smallint unsigned NOT NULL AUTO_INCREMENT, title varchar(100), message mediumtext, \
         {html}{order} smallint unsigned NOT NULL DEFAULT 0, PRIMARY KEY (id)"
    )
}

fn common() -> Vec<(&'static str, String)> {
    let file = "saved_name varchar(255), real_name varchar(255), size int unsigned";
    vec![
        (
            "notes",
            format!(
                "id mediumint unsigned NOT NULL AUTO_INCREMENT, ticket mediumint unsigned, \
                 who smallint unsigned, dt {STAMP}, message mediumtext, \
                 attachments mediumtext NOT NULL, PRIMARY KEY (id)"
            ),
        ),
        (
            "attachments",
            format!(
                "att_id mediumint unsigned NOT NULL AUTO_INCREMENT, ticket_id varchar(13), {file}, \
                 type enum('0','1') NOT NULL DEFAULT '0', PRIMARY KEY (att_id)"
            ),
        ),
        (
            "kb_attachments",
            format!(
                "att_id mediumint unsigned NOT NULL AUTO_INCREMENT, {file}, PRIMARY KEY (att_id)"
            ),
        ),
        (
            "categories",
            "id smallint unsigned NOT NULL AUTO_INCREMENT, name varchar(255), \
             cat_order smallint unsigned NOT NULL DEFAULT 0, \
             autoassign enum('0','1') NOT NULL DEFAULT '1', \
             type enum('0','1') NOT NULL DEFAULT '0', \
             priority tinyint NOT NULL DEFAULT 3, PRIMARY KEY (id)"
                .into(),
        ),
        (
            "custom_fields",
            "id tinyint unsigned NOT NULL, `use` enum('0','1','2') NOT NULL DEFAULT '0', \
             place enum('0','1') NOT NULL DEFAULT '0', type varchar(20) NOT NULL DEFAULT 'text', \
             req enum('0','1','2') NOT NULL DEFAULT '0', category text NULL, name text NULL, \
             value text NULL, `order` smallint unsigned NOT NULL DEFAULT 0, PRIMARY KEY (id)"
                .into(),
        ),
        (
            "custom_statuses",
            "id tinyint unsigned NOT NULL, name text, color varchar(6), \
             can_customers_change enum('0','1') NOT NULL DEFAULT '1', \
             `order` smallint unsigned NOT NULL DEFAULT 0, PRIMARY KEY (id)"
                .into(),
        ),
    ]
}

fn shelves() -> Vec<(&'static str, String)> {
    vec![
        (
            "kb_categories",
            "id smallint unsigned NOT NULL AUTO_INCREMENT, name varchar(255), \
             parent smallint unsigned NOT NULL, articles smallint unsigned NOT NULL DEFAULT 0, \
             articles_private smallint unsigned NOT NULL DEFAULT 0, \
             articles_draft smallint unsigned NOT NULL DEFAULT 0, \
             cat_order smallint unsigned NOT NULL DEFAULT 0, \
             type enum('0','1') NOT NULL DEFAULT '0', PRIMARY KEY (id)"
                .into(),
        ),
        (
            "kb_articles",
            format!(
                "id smallint unsigned NOT NULL AUTO_INCREMENT, catid smallint unsigned, \
                 dt {STAMP}, \
                 author smallint unsigned, subject varchar(255), content mediumtext, \
                 keywords mediumtext, rating float NOT NULL DEFAULT 0, \
                 votes mediumint unsigned NOT NULL DEFAULT 0, \
                 views mediumint unsigned NOT NULL DEFAULT 0, \
                 type enum('0','1','2') NOT NULL DEFAULT '0', \
                 html enum('0','1') NOT NULL DEFAULT '0', \
                 sticky enum('0','1') NOT NULL DEFAULT '0', \
                 art_order smallint unsigned NOT NULL DEFAULT 0, history mediumtext NOT NULL, \
                 attachments mediumtext NOT NULL, PRIMARY KEY (id)"
            ),
        ),
        (
            "service_messages",
            format!(
                "id smallint unsigned NOT NULL AUTO_INCREMENT, dt {STAMP}, \
                 author smallint unsigned, title varchar(255), message mediumtext, \
                 language varchar(50) NULL, style enum('0','1','2','3','4') NOT NULL DEFAULT '0', \
                 type enum('0','1') NOT NULL DEFAULT '0', `order` smallint NOT NULL DEFAULT 0, \
                 PRIMARY KEY (id)"
            ),
        ),
        (
            "reply_drafts",
            "owner smallint unsigned, ticket mediumint unsigned, message mediumtext".into(),
        ),
        (
            "mail",
            "id mediumint unsigned NOT NULL AUTO_INCREMENT, subject varchar(255), PRIMARY KEY (id)"
                .into(),
        ),
        ("pipe_loops", "email varchar(255), hits smallint".into()),
        ("reset_password", "id mediumint, hash char(40)".into()),
    ]
}

fn later(family: Family) -> Vec<(&'static str, String)> {
    let mut tables: Vec<(&str, String)> = Vec::new();
    if family >= Family::V34 {
        tables.push(("log_overdue", "id int, ticket mediumint".into()));
        tables.push(("auth_tokens", "id int, token varchar(64)".into()));
        tables.push(("oauth_providers", "id int, client_secret text".into()));
    }
    if family.has_customers() {
        tables.push((
            "customers",
            "id mediumint unsigned NOT NULL AUTO_INCREMENT, pass varchar(255) NULL, \
             name varchar(255) NOT NULL DEFAULT '', email varchar(255) NULL, \
             language varchar(50) NULL, verified smallint NOT NULL DEFAULT 0, \
             verification_token varchar(255) NULL, verification_email_sent_at timestamp NULL, \
             mfa_enrollment smallint NOT NULL DEFAULT 0, mfa_secret varchar(255) NULL, \
             PRIMARY KEY (id)"
                .into(),
        ));
        tables.push((
            "ticket_to_customer",
            "id int unsigned NOT NULL AUTO_INCREMENT, ticket_id mediumint unsigned, \
             customer_id mediumint unsigned, customer_type varchar(9), PRIMARY KEY (id), \
             KEY ticket_id (ticket_id)"
                .into(),
        ));
        tables.push(("bookmarks", "id int, user_id smallint, ticket_id mediumint".into()));
    }
    if family >= Family::V37 {
        tables.push((
            "ticket_to_collaborator",
            "id int unsigned NOT NULL AUTO_INCREMENT, ticket_id mediumint unsigned, \
             user_id smallint unsigned, PRIMARY KEY (id)"
                .into(),
        ));
        tables.push((
            "linked_tickets",
            "id int unsigned NOT NULL AUTO_INCREMENT, ticket_id1 mediumint unsigned, \
             ticket_id2 mediumint unsigned, dt_created datetime, PRIMARY KEY (id)"
                .into(),
        ));
        tables.push((
            "custom_priorities",
            "id tinyint unsigned NOT NULL, name text, color varchar(7), \
             can_customers_select enum('0','1') NOT NULL DEFAULT '1', priority_order int, \
             PRIMARY KEY (id)"
                .into(),
        ));
        tables.push(("muted_emails", "id int, email varchar(255)".into()));
        tables.push(("permission_groups", "id int unsigned NOT NULL, name varchar(255)".into()));
        let pair = |other: &str| format!("group_id int unsigned, {other}");
        tables.push(("permission_group_members", pair("user_id int unsigned")));
        tables.push(("permission_group_categories", pair("category_id int unsigned")));
        tables.push(("permission_group_features", pair("feature varchar(255)")));
    }
    tables
}

/// Statements that make all tables.
pub fn tables(family: Family, prefix: &str, engine: &str) -> Vec<String> {
    let mut tables = vec![
        ("tickets", tickets(family)),
        ("replies", replies(family)),
        ("users", users(family)),
        ("std_replies", canned("reply_order", family)),
        ("ticket_templates", canned("tpl_order", family)),
    ];
    tables.extend(common());
    tables.extend(shelves());
    tables.extend(later(family));
    let create = |(name, columns): (&str, String)| {
        format!("CREATE TABLE `{prefix}{name}` ({columns}) ENGINE={engine}")
    };
    tables.into_iter().map(create).collect()
}
