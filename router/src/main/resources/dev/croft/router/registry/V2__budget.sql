-- Budget blocks and claims: the log of commands that changed them, in order. What they add up to is held in memory and is
-- rebuilt from here; each row has its record, with what was decided, in the operator's audit capsule.
CREATE TABLE budget_journal (
    seq      BIGINT PRIMARY KEY,
    at       TIMESTAMP WITH TIME ZONE NOT NULL,
    actor    VARCHAR(64) NOT NULL,
    command  TEXT        NOT NULL
);
