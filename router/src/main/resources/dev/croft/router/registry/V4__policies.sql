-- What holds for an account's private clouds, and why one sleeps. Values are JSON.

CREATE TABLE account_policies (
    account_id  VARCHAR(36)   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name        VARCHAR(32)   NOT NULL,
    value       TEXT          NOT NULL,
    PRIMARY KEY (account_id, name)
);

CREATE TABLE lifecycle_decisions (
    cloud_id  CHAR(32)  PRIMARY KEY REFERENCES private_clouds (id) ON DELETE CASCADE,
    value     TEXT      NOT NULL
);
