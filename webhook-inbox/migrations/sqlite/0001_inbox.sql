-- Which deliveries there are: few rows, so that a list can be made from a few kinds without looking at all deliveries.
create table inbox_kinds (
    id integer primary key,
    provider text not null,
    endpoint text not null,
    event text not null,
    unique (provider, endpoint, event)
);

-- A delivery, its state and its lease. All times are milliseconds since the epoch.
create table inbox_deliveries (
    number integer primary key autoincrement,
    -- Of inbox_kinds, where nothing is ever removed.
    kind integer not null,
    -- As in its kind: workers look for work by it.
    endpoint text not null,
    delivery_id text,
    received_at integer not null,
    -- 0 waiting, 1 running, 2 done, 3 given up, 4 kept, 5 held by earlier deliveries of the same order, 6 failed and waiting,
    -- 7 a request that was rejected
    state integer not null,
    -- When its next attempt may begin; null unless it waits for one.
    run_at integer,
    attempts integer not null default 0,
    worker text,
    lease_until integer,
    started_at integer,
    ended_at integer,
    ordering text,
    error text,
    -- The CloudEvent without its data, and the data.
    record text not null,
    body blob not null,
    -- The request line and all headers, if they are kept.
    head blob
);

create index inbox_ready on inbox_deliveries (endpoint, run_at, number) where run_at is not null;
create index inbox_leases on inbox_deliveries (lease_until) where state = 1;
create index inbox_by_state on inbox_deliveries (state, number);
create index inbox_ordering on inbox_deliveries (ordering, number) where ordering is not null and state in (0, 1, 5, 6);
create index inbox_by_kind on inbox_deliveries (kind, state, number);
create index inbox_by_id on inbox_deliveries (delivery_id) where delivery_id is not null;
create index inbox_by_time on inbox_deliveries (received_at);

-- What deliveries are known again by. A key without `until` counts for as long as its delivery is kept.
create table inbox_keys (
    key blob primary key,
    -- A foreign key would look for the delivery again with each key.
    delivery integer not null,
    until integer,
    -- 0 signed, 1 an id that is not signed, 2 the body
    kind integer not null
) without rowid;

create index inbox_keys_of on inbox_keys (delivery);

-- The attempts that failed.
create table inbox_attempts (
    delivery integer not null references inbox_deliveries on delete cascade,
    number integer not null,
    started_at integer not null,
    ended_at integer not null,
    error text not null,
    primary key (delivery, number)
) without rowid;
