-- What processes on different ledgers share. It is no part of a ledger: it lies in a schema of its
-- own beside them, nothing in it is a fact, and whoever first sends requests to Intercom makes it.

CREATE SCHEMA deskledger_shared;

-- The request budget of one workspace. Whoever wants to send requests locks its row, takes a few
-- and writes it back. The key is a digest; address and token cannot be had from it.
CREATE TABLE deskledger_shared.budget (
    workspace    BYTEA PRIMARY KEY NOT NULL CHECK (length(workspace) = 32),
    -- End of the window that is being spent, in seconds since 1970 by Intercom's clock; 0 as long
    -- as no answer has said it.
    window_end_s BIGINT NOT NULL,
    -- When somebody first knew that this window had begun, in milliseconds by the database's clock.
    began_ms     BIGINT NOT NULL,
    -- Requests in a window that Intercom grants, once it has said so.
    quota        BIGINT,
    -- Requests of this window that are sent or given out.
    taken        BIGINT NOT NULL,
    -- Who holds how many of them, as JSON. A process that dies is forgotten after its window.
    holders      TEXT NOT NULL
);
