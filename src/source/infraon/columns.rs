//! Columns of people, threads, knowledge base and settings.
//!
//! Incidents and their threads follow the vendor's API guide
//! (<https://docs.infraon.io/infraon-infinity-api-guide>); the layout of the grid's exports is not
//! published, so headers are matched by many aliases.

use crate::source::bundle::layout::columns;

columns! {
    /// Columns of companies.
    company {
        ID = "company_id" Id, ["id", "_id", "organization_id", "organisation_id"];
        NAME = "name" Text, ["company", "company name", "organization", "organisation"];
        DOMAIN = "domain" List, ["domains", "email domain", "email domains"];
        WEBSITE = "website" Text, ["web site", "url"];
        ADDRESS = "address" Text, ["address line"];
        PHONE = "phone" Text, ["phone number", "contact number"];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
    }
}

columns! {
    /// Columns of requesters.
    requester {
        ID = "requester_id" Id, ["profile_id", "id", "_id"];
        NAME = "name" Text, ["full_name", "username", "user name", "requester name"];
        EMAIL = "email" Email, ["email id", "e-mail", "mail"];
        PHONE = "phone" Phone, ["mobile", "mobile number", "contact number"];
        TYPE = "type" Word, ["requester type", "type.name", "user type"];
        DEPARTMENT = "department" Text, ["department.name"];
        LOCATION = "location" Text, ["location.name", "organization location"];
        PARTNER = "partner" Text, ["partner.name"];
        COMPANY_ID = "company_id" Ref("companies"), ["company.id", "company.company_id"];
        COMPANY = "company" Text, ["company.name", "organization"];
        ROLE = "role" Text, ["role.name", "role profile"];
        STATUS = "status" Word, ["status.name"];
        VIP = "vip" Boolean, ["is_vip"];
        LANGUAGE = "language" Text, ["locale"];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created"];
        TAGS = "tags" List, ["tag"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
        ATTACHMENTS = "attachments" Files, [];
    }
}

columns! {
    /// Columns of technicians.
    technician {
        ID = "technician_id" Id, ["profile_id", "user_id", "id", "_id"];
        NAME = "name" Text, ["full_name", "username", "user name"];
        EMAIL = "email" Email, ["email id", "e-mail", "mail"];
        PHONE = "phone" Text, ["mobile", "mobile number", "contact number"];
        ROLE = "role" Text, ["role.name", "role profile"];
        GROUPS = "groups" List, ["teams", "group", "team"];
        STATUS = "status" Word, ["status.name", "active", "is_active"];
        NOTIFICATIONS = "notification_preferences" Json, ["notifications"];
        DEPARTMENT = "department" Text, ["department.name"];
        LOCATION = "location" Text, ["location.name", "organization location"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
    }
}

columns! {
    /// Columns of teams.
    team {
        ID = "team_id" Id, ["group_id", "id", "_id"];
        NAME = "name" Text, ["group_name", "team", "team name"];
        OWNER = "owner" Text, ["owner.email", "owner.profile_id", "lead"];
        MEMBERS = "members" List, ["users", "technicians"];
        PARENT_ID = "parent_id" Ref("teams"), ["parent.id"];
        LOCATION = "location" Text, ["location.name"];
    }
}

columns! {
    /// Columns of incidents.
    incident {
        ID = "incident_id" Id, ["id", "_id", "uuid"];
        DISPLAY_ID = "display_id" Id, ["ticket id", "ticket number", "number", "incident number"];
        SUMMARY = "summary" Text, ["basic_info.summary", "subject", "title"];
        DESCRIPTION = "description" Body, ["basic_info.description"];
        BODY_FORMAT = "body_format" Word, ["description format"];
        STATUS = "status" Word, [
            "basic_info.status.name", "status.name", "basic_info.status", "basic_info.status.id",
            "status.id",
        ];
        PRIORITY = "priority" Word, [
            "basic_info.priority.name", "priority.name", "basic_info.priority",
            "basic_info.priority.id", "priority.id",
        ];
        URGENCY = "urgency" Word, [
            "basic_info.urgency.name", "urgency.name", "basic_info.urgency",
            "basic_info.urgency.id", "urgency.id",
        ];
        IMPACT = "impact" Word, [
            "basic_info.impact.name", "impact.name", "basic_info.impact", "basic_info.impact.id",
            "impact.id",
        ];
        SEVERITY = "severity" Word, [
            "basic_info.severity.name", "severity.name", "basic_info.severity",
            "basic_info.severity.id", "severity.id",
        ];
        CATEGORY = "category" Word, [
            "basic_info.category.name", "category.name", "basic_info.category",
            "basic_info.category.id", "category.id",
        ];
        SUB_CATEGORY = "sub_category" Word, [
            "basic_info.sub_category.name", "sub_category.name", "basic_info.sub_category",
            "basic_info.sub_category.id", "sub_category.id",
        ];
        IMPACT_SERVICE = "impact_service" Text, [
            "impact_service.name", "basic_info.impact_service.name", "basic_info.impact_service",
            "impact_service.id", "basic_info.impact_service.id",
        ];
        REQUESTER_ID = "requester_id" Id, [
            "reporter_info.profile_id", "reporter_info.id", "requester.profile_id",
            "requester.id", "reporter_id",
        ];
        REQUESTER_EMAIL = "requester_email" Email,
            ["reporter_info.email", "requester.email", "reporter_email"];
        REQUESTER_NAME = "requester_name" Text, [
            "reporter_info.full_name", "reporter_info.name", "requester.full_name",
            "requester.name", "requester", "reporter",
        ];
        ASSIGNEE_ID = "assignee_id" Id, [
            "current_assignment_info.assignee",
            "current_assignment_info.assignee_profile.profile_id",
        ];
        ASSIGNEE_EMAIL = "assignee_email" Email,
            ["current_assignment_info.assignee_profile.email"];
        ASSIGNEE_NAME = "assignee_name" Text, [
            "current_assignment_info.assignee_profile.full_name", "assignee", "technician",
            "assigned to",
        ];
        TEAM = "team" Text,
            ["current_assignment_info.group_name", "group_name", "group", "assignment group"];
        SOURCE = "source" Word,
            ["source_info.name", "source.name", "source_info.source", "channel"];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created", "created on"];
        UPDATED_AT = "updated_at" DateTime, ["last_update_time", "updated", "last updated"];
        RESOLVED_AT = "resolved_at" DateTime,
            ["close_info.resolved_at", "close_info.resolved_time", "resolved"];
        CLOSED_AT = "closed_at" DateTime,
            ["close_info.closed_at", "close_info.closed_time", "closed"];
        RESOLUTION = "resolution" Text, ["close_info.resolution", "close_info.note"];
        CLOSE_REASON = "close_reason" Text, ["close_info.reason", "close_info.close_reason"];
        SLA_POLICY = "sla_policy" Text, ["sla_policy.name", "sla.name", "sla"];
        RESPONSE_DUE_AT = "response_due_at" DateTime, ["response due", "sla.response_due_at"];
        RESOLUTION_DUE_AT = "resolution_due_at" DateTime,
            ["due_at", "due date", "resolution due", "sla.resolution_due_at"];
        RESPONDED_AT = "responded_at" DateTime, ["first response", "first_response_at"];
        RESPONSE_BREACHED = "response_breached" Boolean, ["sla.response_breached"];
        RESOLUTION_BREACHED = "resolution_breached" Boolean, ["sla.resolution_breached"];
        CI_IDS = "ci_ids" List, ["impacted_asset", "ci_id", "impacted assets"];
        PROBLEM_IDS = "problem_ids" List, ["problems", "problem_id"];
        CHANGE_IDS = "change_ids" List, ["changes", "change_id"];
        REFERENCES = "reference" Json, ["references"];
        MERGED_INTO = "merged_into" Id, ["merged to", "is_merge_incident"];
        ARCHIVED = "archived" Boolean, ["is_archive"];
        TAGS = "tags" List, ["tag"];
        COMPANY_ID = "company_id" Ref("companies"), ["company.id", "company.company_id"];
        COMPANY = "company" Text, ["company.name"];
        DEPARTMENT = "department" Text, ["department.name"];
        LOCATION = "location" Text, ["location.name"];
        ATTACHMENTS = "attachments" Files, ["attachment"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
        MESSAGES = "messages" Children, ["conversation", "conversations", "comments", "thread"];
    }
}

columns! {
    /// Columns of the entries of a thread.
    message {
        ID = "message_id" Id, ["id", "_id", "conversation_id", "comment_id"];
        INCIDENT_ID = "incident_id" Id, ["ref_id", "ticket_id", "incident.id", "display_id"];
        SEQ = "seq" Integer, ["sequence"];
        AUTHOR_TYPE = "author_type" Word, ["author.type"];
        AUTHOR_ID = "author_id" Id, [
            "author.profile_id", "author.id", "created_by.profile_id", "created_by.id",
            "profile_id",
        ];
        AUTHOR_EMAIL = "author_email" Email, ["author.email", "created_by.email"];
        AUTHOR_NAME = "author_name" Text,
            ["author.full_name", "author.name", "created_by.full_name", "created_by.name"];
        VISIBILITY = "visibility" Word, [];
        IS_PRIVATE = "is_private" Boolean, ["private"];
        BODY = "body" Body, ["description", "message", "comment", "text"];
        BODY_FORMAT = "body_format" Word, [];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created", "time"];
        CHANNEL = "channel" Word, ["source", "source.name"];
        EVENT_TYPE = "event_type" Word, ["type", "type.name"];
        EVENT_FROM = "event_from" Text, ["old_value", "from"];
        EVENT_TO = "event_to" Text, ["new_value", "to"];
        WORK_DURATION = "work_duration" Text, ["worked"];
        ATTACHMENTS = "attachments" Files, ["attachment"];
    }
}

columns! {
    /// Columns of the upper level of the knowledge base.
    kb_category {
        ID = "category_id" Id, ["id", "_id"];
        NAME = "name" Text, ["category", "title"];
        DESCRIPTION = "description" Text, [];
        POSITION = "position" Integer, ["order"];
        VISIBILITY = "visibility" Word, [];
        FOLDERS = "folders" Children, [];
    }
}

columns! {
    /// Columns of the lower level of the knowledge base.
    kb_folder {
        ID = "folder_id" Id, ["id", "_id"];
        CATEGORY_ID = "category_id" Ref("kb_categories"), ["category.id"];
        PARENT_ID = "parent_id" Ref("kb_folders"), ["parent_folder_id", "parent.id"];
        NAME = "name" Text, ["folder", "title"];
        DESCRIPTION = "description" Text, [];
        POSITION = "position" Integer, ["order"];
        VISIBILITY = "visibility" Word, [];
        ARTICLES = "articles" Children, [];
    }
}

columns! {
    /// Columns of articles.
    kb_article {
        ID = "article_id" Id, ["id", "_id", "kb_id"];
        TITLE = "title" Text, ["subject", "name"];
        BODY = "body" Body, ["content", "description", "text"];
        BODY_FORMAT = "body_format" Word, [];
        FOLDER_ID = "folder_id" Ref("kb_folders"), ["folder.id"];
        CATEGORY_ID = "category_id" Ref("kb_categories"), ["category.id"];
        PATH = "path" Text, ["category path", "category.name", "category"];
        AUTHOR_ID = "author_id" Id,
            ["author.profile_id", "author.id", "created_by.profile_id"];
        AUTHOR_EMAIL = "author_email" Email, ["author.email", "created_by.email"];
        AUTHOR_NAME = "author_name" Text, ["author.full_name", "author.name", "author"];
        STATUS = "status" Word, ["status.name", "state"];
        VISIBILITY = "visibility" Word, ["visible_to", "audience"];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created"];
        UPDATED_AT = "updated_at" DateTime, ["last_update_time", "updated"];
        VIEWS = "views" Integer, ["view_count"];
        TAGS = "tags" List, ["keywords"];
        LOCALE = "locale" Word, ["language"];
        SLUG = "slug" Text, [];
        URL = "url" Text, ["link"];
        ATTACHMENTS = "attachments" Files, ["attachment"];
    }
}

columns! {
    /// Columns of the service catalogue.
    catalogue_item {
        ID = "item_id" Id, ["id", "_id", "service_id"];
        NAME = "name" Text, ["service", "title", "item"];
        CATEGORY = "category" Text, ["category.name"];
        DESCRIPTION = "description" Text, [];
        COST = "cost" Text, ["price"];
        FORM_FIELDS = "form_fields" Json, ["form", "fields"];
        APPROVAL = "approval" Json, ["approvals"];
        FULFILMENT_TEAM = "fulfilment_team" Text, ["fulfillment_team", "team", "group_name"];
        SLA = "sla" Text, ["sla_policy"];
        WORKFLOW_TRIGGER = "workflow_trigger" Json, ["trigger", "workflow"];
        VISIBLE_TO = "visible_to" Text, ["visibility"];
        ACTIVE = "active" Boolean, ["enabled", "is_active"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
    }
}

columns! {
    /// Columns of SLA policies.
    sla_policy {
        ID = "policy_id" Id, ["id", "_id", "sla_id"];
        NAME = "name" Text, ["policy", "title"];
        APPLIES_TO = "applies_to" Text, ["module"];
        PRIORITY = "priority" Text, ["priority.name"];
        RESPONSE = "response_target_minutes" Text, ["response target", "response_time"];
        RESOLUTION = "resolution_target_minutes" Text, ["resolution target", "resolution_time"];
        BUSINESS_HOURS = "business_hours" Text, ["business_hours.name"];
        ESCALATIONS = "escalations" Json, ["escalation"];
        ACTIVE = "active" Boolean, ["enabled", "is_active"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
    }
}

columns! {
    /// Columns of business hours: a row for each day, or each span of one.
    business_hours {
        ROW_ID = "business_hours_row_id" Id, [];
        NAME = "name" Text, ["business_hours", "title"];
        TIMEZONE = "timezone" Text, ["time zone"];
        DAY = "day" Text, ["weekday"];
        FROM = "from" Text, ["start", "start_time"];
        TO = "to" Text, ["end", "end_time"];
        HOLIDAYS = "holidays" List, ["holiday"];
    }
}

columns! {
    /// Columns of lists that are only handed over: reports, departments, locations, partners.
    listed {
        ID = "id" Id, ["_id", "report_id", "department_id", "location_id", "partner_id"];
        NAME = "name" Text, ["title", "report", "department", "location", "partner"];
        KIND = "type" Text, ["kind"];
        DESCRIPTION = "description" Text, [];
        OWNER = "owner" Text, ["owner.email", "created_by"];
        URL = "url" Text, ["link"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
    }
}
