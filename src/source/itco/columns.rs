//! Columns of ITCO's templates. Nothing about ITCO's own exports is published: the templates are
//! the format, and the aliases are words that people meet on help-desk screens.

use crate::source::bundle::layout::columns;

columns! {
    /// Columns of counts seen on screens.
    count, copied by hand {
        ID = "count_id" Id, [];
        OBJECT = "object" Word, ["list", "screen", "template"];
        ON_SCREEN = "count_on_screen" Integer, ["count", "total", "shown"];
        FILTER = "filter_used" Text, ["filter"];
        DATE = "date" Date, ["counted_at"];
        PERSON = "person" Text, ["counted_by"];
        EVIDENCE = "evidence_file" Text, ["evidence", "screenshot"];
    }
}

columns! {
    /// Columns of agents.
    agent, copied by hand {
        ID = "agent_id" Id, ["id", "user_id"];
        NAME = "name" Text, ["full name", "agent", "agent name"];
        EMAIL = "email" Email, ["e-mail", "mail", "email address"];
        PHONE = "phone" Phone, ["telephone"];
        ROLE = "role" Word, ["profile"];
        TEAM_IDS = "team_ids" List, ["teams", "team_id", "team"];
        ACTIVE = "active" Boolean, ["enabled"];
    }
}

columns! {
    /// Columns of teams.
    team, copied by hand {
        ID = "team_id" Id, ["id"];
        NAME = "name" Text, ["team", "team name", "path"];
        PARENT_ID = "parent_team_id" Ref("teams"), ["parent_id", "parent", "parent team"];
        DESCRIPTION = "description" Text, [];
        LEAD_ID = "lead_agent_id" Ref("agents"), ["lead", "team lead"];
    }
}

columns! {
    /// Columns of memberships.
    member, copied by hand {
        ID = "membership_id" Id, [];
        TEAM_ID = "team_id" Ref("teams"), ["team"];
        AGENT_ID = "agent_id" Ref("agents"), ["agent", "member"];
        IS_LEAD = "is_lead" Boolean, ["lead"];
    }
}

columns! {
    /// Columns of companies.
    company, copied by hand {
        ID = "company_id" Id, ["id", "account_id"];
        NAME = "name" Text, ["company", "company name", "account"];
        DOMAIN = "domain" Text, ["email domain"];
        WEBSITE = "website" Text, ["web site", "url"];
        PHONE = "phone" Text, ["telephone"];
        ADDRESS = "address" Text, [];
        INDUSTRY = "industry" Word, ["sector"];
        SIZE = "size" Text, ["employees"];
        IS_PARTNER = "is_partner" Boolean, ["partner", "channel partner"];
        CREATED_AT = "created_at" DateTime, ["created", "created on"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, [];
    }
}

columns! {
    /// Columns of customers.
    customer, copied by hand {
        ID = "customer_id" Id, ["id", "client_id", "contact_id", "requester_id", "external_id"];
        NAME = "name" Text, ["full name", "customer", "client", "contact", "requester", "end user"];
        EMAIL = "email" Email, ["e-mail", "mail", "email address"];
        PHONE = "phone" Phone, ["telephone", "mobile"];
        COMPANY_ID = "company_id" Ref("companies"), ["account_id"];
        COMPANY_DOMAIN = "company_domain" Text, ["domain"];
        COMPANY = "company" Text, ["company name", "account"];
        TITLE = "title" Text, ["job title", "position"];
        TIMEZONE = "timezone" Text, ["time zone"];
        LANGUAGE = "language" Text, ["locale"];
        CREATED_AT = "created_at" DateTime, ["created", "created on"];
        TAGS = "tags" List, ["tag", "labels"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, [];
        ATTACHMENTS = "attachments" Files, [];
    }
}

columns! {
    /// Columns of tickets.
    ticket {
        ID = "ticket_id" Id, ["id", "ticket #", "case id", "reference", "ref"];
        NUMBER = "number" Text, ["ticket number", "no"];
        TITLE = "title" Text, ["subject", "summary"];
        DESCRIPTION = "description" Body, ["details", "body"];
        BODY_FORMAT = "body_format" Word, ["description format"];
        STATUS = "status" Word, ["state"];
        PRIORITY = "priority" Word, ["urgency"];
        CUSTOMER_ID = "customer_id" Ref("customers"),
            ["requester_id", "client_id", "contact_id", "end user id"];
        CUSTOMER_EMAIL = "customer_email" Email,
            ["requester email", "client email", "contact email", "end user email", "email"];
        CUSTOMER_NAME = "customer_name" Text,
            ["customer", "requester", "client", "contact", "end user", "requester name"];
        AGENT_ID = "agent_id" Ref("agents"), ["assignee_id", "owner_id", "technician_id"];
        AGENT_EMAIL = "agent_email" Email,
            ["assignee email", "owner email", "technician email", "assigned to email"];
        AGENT_NAME = "agent_name" Text,
            ["agent", "assignee", "owner", "technician", "assigned to", "assignee name"];
        TEAM_ID = "team_id" Ref("teams"), ["group_id"];
        TEAM_NAME = "team_name" Text, ["team", "group"];
        CHANNEL = "channel" Word, ["source", "origin"];
        CATEGORY = "category" Word, ["type"];
        CREATED_AT = "created_at" DateTime, ["created", "created on", "opened", "opened on"];
        UPDATED_AT = "updated_at" DateTime, ["updated", "updated on", "last update"];
        CLOSED_AT = "closed_at" DateTime, ["closed", "closed on", "resolved at"];
        PENDING_UNTIL = "pending_until" DateTime, ["snoozed until", "on hold until"];
        TAGS = "tags" List, ["tag", "labels"];
        MESSAGE_COUNT = "message_count" Integer, ["messages", "replies", "comments"];
        ATTACHMENT_COUNT = "attachment_count" Integer, ["attachments count", "files"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, [];
        ATTACHMENTS = "attachments" Files, [];
        SOURCE_URL = "source_url" Text, ["url", "link"];
        EXTRACTED_BY = "extracted_by" Text, ["captured_by"];
        EXTRACTED_AT = "extracted_at" Text, ["captured_at"];
        NOTES = "notes" Text, [];
    }
}

columns! {
    /// Columns of messages.
    message, copied by hand {
        ID = "message_id" Id, ["id", "comment_id"];
        TICKET_ID = "ticket_id" Ref("tickets"), ["ticket #", "case id", "reference", "ref"];
        SEQ = "seq" Integer, ["message_seq", "number", "#"];
        AUTHOR_TYPE = "author_type" Word, ["author role", "from type"];
        AUTHOR_ID = "author_id" Id, [];
        AUTHOR_EMAIL = "author_email" Email, ["from email"];
        AUTHOR_NAME = "author_name" Text, ["author", "from"];
        VISIBILITY = "visibility" Word, [];
        BODY = "body" Body, ["message", "text", "comment"];
        BODY_FORMAT = "body_format" Word, [];
        CREATED_AT = "created_at" DateTime, ["date", "created", "sent", "sent at"];
        CHANNEL = "channel" Word, [];
        EVENT_TYPE = "event_type" Word, ["event"];
        EVENT_FROM = "event_from" Text, ["from value"];
        EVENT_TO = "event_to" Text, ["to value"];
        ATTACHMENTS = "attachments" Files, ["files"];
        IN_REPLY_TO = "in_reply_to" Id, [];
        EXTERNAL_ID = "external_message_id" Text, [];
    }
}

columns! {
    /// Columns of articles.
    article, copied by hand {
        ID = "article_id" Id, ["id"];
        TITLE = "title" Text, ["subject", "name"];
        BODY = "body" Body, ["text", "content"];
        BODY_FORMAT = "body_format" Word, [];
        CATEGORY = "category" Text, ["section"];
        SUB_CATEGORY = "sub_category" Text, ["sub section"];
        AUTHOR = "author" Text, ["written by"];
        STATUS = "status" Word, ["state"];
        URL = "url" Text, ["link", "public url"];
        UPDATED_AT = "updated_at" DateTime, ["updated", "last update"];
        TAGS = "tags" List, ["labels"];
        ATTACHMENTS = "attachments" Files, ["files"];
    }
}

columns! {
    /// Columns of automations.
    automation, copied by hand {
        ID = "automation_id" Id, ["id"];
        NAME = "name" Text, ["title"];
        KIND = "kind" Word, ["type"];
        ACTIVE = "active" Boolean, ["enabled"];
        TRIGGER = "trigger" Text, ["event"];
        CONDITIONS = "conditions" Text, ["condition"];
        ACTIONS = "actions" Text, ["action"];
        TIMING = "timing" Text, ["schedule", "target"];
    }
}

columns! {
    /// Columns of partners' deals and leads.
    deal, copied by hand {
        ID = "deal_id" Id, ["id", "lead_id", "registration_id"];
        NAME = "name" Text, ["title", "deal", "lead"];
        PARTNER = "partner" Text, ["partner name", "reseller"];
        COMPANY = "company" Text, ["customer", "account"];
        STAGE = "stage" Word, ["status"];
        VALUE = "value" Text, ["amount"];
        CREATED_AT = "created_at" Text, ["created", "registered"];
    }
}
