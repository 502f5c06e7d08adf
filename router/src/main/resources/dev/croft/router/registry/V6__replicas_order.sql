-- Of which change of a private cloud's replicas the registry tells, by the permission manager's count on the host that it is at; and whether one was
-- begun of which it may not tell yet.
ALTER TABLE private_clouds ADD COLUMN replicas_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE private_clouds ADD COLUMN replicas_unsure INTEGER NOT NULL DEFAULT 0;
