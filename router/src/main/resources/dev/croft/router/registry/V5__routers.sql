-- Routers over one registry, one on each machine. Until another joins there is one, called main.

CREATE TABLE routers (
    name          VARCHAR(24)  PRIMARY KEY,
    installation  VARCHAR(36)  NOT NULL,
    url           VARCHAR(256) NOT NULL,
    authority     VARCHAR(64)  NOT NULL,
    backend       VARCHAR(32)  NOT NULL,
    weight        INTEGER      NOT NULL,
    draining      BOOLEAN      NOT NULL DEFAULT FALSE,
    epoch         BIGINT       NOT NULL,
    lease_until   TIMESTAMP WITH TIME ZONE NOT NULL
);

-- Who does what only one may do. A writer of such things shares this row's lock, so that no other leads before its commit.
CREATE TABLE leader (
    id           INTEGER     PRIMARY KEY CHECK (id = 1),
    router       VARCHAR(24) NOT NULL,
    epoch        BIGINT      NOT NULL,
    lease_until  TIMESTAMP WITH TIME ZONE NOT NULL
);

CREATE TABLE router_invitations (
    name     VARCHAR(24) PRIMARY KEY,
    hash     BYTEA       NOT NULL,
    weight   INTEGER     NOT NULL,
    expires  TIMESTAMP WITH TIME ZONE NOT NULL
);

-- The router on whose machine a private cloud is, and the capsule servers that have it besides (JSON).
ALTER TABLE private_clouds ADD COLUMN home VARCHAR(24) NOT NULL DEFAULT 'main';
ALTER TABLE private_clouds ADD COLUMN replicas TEXT;
CREATE INDEX private_clouds_home ON private_clouds (home);
ALTER TABLE hosts ADD COLUMN router VARCHAR(24) NOT NULL DEFAULT 'main';
