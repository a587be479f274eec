//! Columns of what becomes a custom object, and of the links between them.
//!
//! The vendor names these modules without their fields; the names are those of the migration's
//! own layout, with the usual words of service desks beside them. Every other column is a custom
//! field.

use crate::source::bundle::layout::columns;

columns! {
    /// Columns of configuration items.
    ci {
        ID = "ci_id" Id, ["id", "_id", "asset_id"];
        NAME = "name" Text, ["ci_name", "hostname", "host name"];
        TYPE = "ci_type" Word, ["type", "type.name", "ci_type.name", "category", "category.name"];
        STATUS = "status" Text, ["status.name"];
        CRITICALITY = "criticality" Text, ["criticality.name"];
        OWNER_EMAIL = "owner_email" Email, ["owner.email", "owner"];
        LOCATION = "location" Text, ["location.name"];
        VENDOR = "vendor" Text, ["vendor.name"];
        SERIAL_NUMBER = "serial_number" Text, ["serial", "serial no"];
        IP = "ip" Text, ["ip_address", "ip address"];
        DESCRIPTION = "description" Text, [];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created"];
        UPDATED_AT = "updated_at" DateTime, ["last_update_time", "updated"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields", "attributes"];
    }
}

columns! {
    /// Columns of types and their fields: a row for each field, or for a type alone.
    ci_type {
        ROW_ID = "ci_type_row_id" Id, [];
        TYPE = "type" Word, ["ci_type", "type.name", "category"];
        PARENT = "parent_type" Word, ["parent", "parent.name"];
        FIELD_KEY = "field_key" Text, ["key", "field", "field_name"];
        LABEL = "label" Text, ["field_label", "title"];
        DATA_TYPE = "data_type" Word, ["field_type"];
        OPTIONS = "options" List, ["values", "choices"];
        UNIQUE = "unique" Boolean, ["is_unique"];
        REQUIRED = "required" Boolean, ["mandatory"];
        DESCRIPTION = "description" Text, ["help"];
    }
}

columns! {
    /// Columns of relations between configuration items.
    ci_relation {
        ROW_ID = "relation_id" Id, ["id", "_id"];
        FROM = "from_id" Id, ["from", "source_id", "from.id", "parent_ci"];
        RELATION = "relation" Text, ["relation.name", "relation_type", "type"];
        TO = "to_id" Id, ["to", "target_id", "to.id", "child_ci"];
    }
}

columns! {
    /// Columns of files of two columns that link records.
    pair {
        ROW_ID = "link_id" Id, [];
        INCIDENT = "incident_id" Id, ["incident", "ticket_id", "ticket"];
        CI = "ci_id" Id, ["ci", "asset_id"];
        PROBLEM = "problem_id" Id, ["problem"];
        CHANGE = "change_id" Id, ["change"];
        RELEASE = "release_id" Id, ["release"];
    }
}

columns! {
    /// Columns of assets.
    asset {
        ID = "asset_id" Id, ["id", "_id"];
        ASSET_TAG = "asset_tag" Id, ["tag", "display_id", "asset number"];
        NAME = "name" Text, ["asset_name"];
        CATEGORY = "category" Word, ["category.name"];
        SUB_CATEGORY = "sub_category" Text, ["sub_category.name"];
        KIND = "asset_kind" Text, ["kind", "asset_type"];
        CI_ID = "ci_id" Id, ["ci", "ci.id"];
        STATUS = "status" Text, ["status.name"];
        ASSIGNED_TO = "assigned_to_email" Email, ["assigned_to.email", "assigned to", "used by"];
        LOCATION = "location" Text, ["location.name"];
        VENDOR = "vendor" Text, ["vendor.name"];
        SERIAL_NUMBER = "serial_number" Text, ["serial", "serial no"];
        PURCHASE_DATE = "purchase_date" Date, ["purchased"];
        WARRANTY_EXPIRY = "warranty_expiry" Date, ["warranty", "warranty_end"];
        COST = "cost" Decimal, ["price"];
        CURRENCY = "currency" Text, [];
        LEASE_END = "lease_end" Date, ["lease_expiry"];
        DESCRIPTION = "description" Text, [];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created"];
        UPDATED_AT = "updated_at" DateTime, ["last_update_time", "updated"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields", "attributes"];
    }
}

columns! {
    /// Columns of problems.
    problem {
        ID = "problem_id" Id, ["id", "_id", "uuid"];
        DISPLAY_ID = "display_id" Id, ["problem number", "number"];
        TITLE = "title" Text, ["summary", "basic_info.summary", "name", "subject"];
        DESCRIPTION = "description" Text, ["basic_info.description"];
        STATUS = "status" Text, ["basic_info.status.name", "status.name", "basic_info.status"];
        PRIORITY = "priority" Text,
            ["basic_info.priority.name", "priority.name", "basic_info.priority"];
        ROOT_CAUSE = "root_cause" Text, ["root_cause.description"];
        WORKAROUND = "workaround" Text, ["work_around"];
        RESOLUTION = "resolution" Text, ["close_info.resolution"];
        INCIDENT_IDS = "incident_ids" List, ["incidents", "incident_id"];
        CHANGE_IDS = "change_ids" List, ["changes", "change_id"];
        OWNER_EMAIL = "owner_email" Email, ["owner.email", "owner"];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created"];
        UPDATED_AT = "updated_at" DateTime, ["last_update_time", "updated"];
        CLOSED_AT = "closed_at" DateTime, ["close_info.closed_at", "closed"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
    }
}

columns! {
    /// Columns of changes.
    change {
        ID = "change_id" Id, ["id", "_id", "uuid"];
        DISPLAY_ID = "display_id" Id, ["change number", "number"];
        TITLE = "title" Text, ["summary", "basic_info.summary", "name", "subject"];
        DESCRIPTION = "description" Text, ["basic_info.description"];
        CHANGE_TYPE = "change_type" Word, ["change_type.name", "type", "type.name"];
        RISK_LEVEL = "risk_level" Text, ["risk_level.name", "risk", "risk.name"];
        IMPACT = "impact" Text, ["impact.name"];
        STATUS = "status" Text, ["basic_info.status.name", "status.name", "basic_info.status"];
        APPROVAL_STATUS = "approval_status" Text, ["approval.status", "approval_status.name"];
        APPROVERS = "approvers" List, ["approval.approvers"];
        CAB_NOTES = "cab_notes" Text, ["cab", "cab_members"];
        PLANNED_START = "planned_start" DateTime, ["schedule.start", "planned_start_time"];
        PLANNED_END = "planned_end" DateTime, ["schedule.end", "planned_end_time"];
        ACTUAL_START = "actual_start" DateTime, ["actual_start_time"];
        ACTUAL_END = "actual_end" DateTime, ["actual_end_time"];
        ROLLOUT_PLAN = "rollout_plan" Text, ["roll out plan", "implementation_plan"];
        ROLLBACK_PLAN = "rollback_plan" Text, ["roll back plan", "backout_plan"];
        INCIDENT_IDS = "incident_ids" List, ["incidents", "incident_id"];
        PROBLEM_IDS = "problem_ids" List, ["problems", "problem_id"];
        CI_IDS = "ci_ids" List, ["cis", "impacted_asset", "ci_id"];
        OWNER_EMAIL = "owner_email" Email, ["owner.email", "owner"];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created"];
        UPDATED_AT = "updated_at" DateTime, ["last_update_time", "updated"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
    }
}

columns! {
    /// Columns of releases.
    release {
        ID = "release_id" Id, ["id", "_id", "uuid"];
        DISPLAY_ID = "display_id" Id, ["release number", "number"];
        NAME = "name" Text, ["summary", "basic_info.summary", "title", "subject"];
        DESCRIPTION = "description" Text, ["basic_info.description"];
        STATUS = "status" Text,
            ["deployment_status", "basic_info.status.name", "status.name", "basic_info.status"];
        ROLLOUT_START = "rollout_start" DateTime, ["schedule.start"];
        ROLLOUT_END = "rollout_end" DateTime, ["schedule.end"];
        CHANGE_IDS = "change_ids" List, ["changes", "change_id"];
        OWNER_EMAIL = "owner_email" Email, ["owner.email", "owner"];
        CREATED_AT = "created_at" DateTime, ["creation_time", "created"];
        UPDATED_AT = "updated_at" DateTime, ["last_update_time", "updated"];
        CUSTOM_FIELDS = "custom_fields" FieldPairs, ["customFields"];
    }
}
