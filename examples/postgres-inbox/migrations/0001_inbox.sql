create table deliveries (
    id bigint generated always as identity primary key,
    provider text not null,
    event text not null,
    delivery_id text,
    received_at timestamptz not null default now(),
    -- The delivery as a CloudEvent: headers, exact body, what was verified. `json`, not `jsonb`, which refuses
    -- some of the strings that JSON may hold.
    record json not null,
    done_at timestamptz
);

create index on deliveries (provider, event, id);
create index on deliveries (id) where done_at is null;

-- Under what a delivery is known again: digests of its id and its fingerprints.
create table delivery_keys (
    key bytea primary key,
    delivery bigint not null references deliveries on delete cascade
);

create index on delivery_keys (delivery);

create table attempts (
    id bigint generated always as identity,
    delivery bigint not null references deliveries on delete cascade,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    error text,
    primary key (delivery, id)
);

-- What became of the deliveries. Their state is read from the jobs, not kept beside them, so that the two
-- cannot disagree. A function, because a view would be in the way of graphile_worker's migrations.
create function delivery_log() returns table (
    id bigint,
    provider text,
    event text,
    delivery_id text,
    received_at timestamptz,
    done_at timestamptz,
    state text,
    next_attempt_at timestamptz,
    attempts bigint,
    last_error text
) language sql stable as $$
    select d.id, d.provider, d.event, d.delivery_id, d.received_at, d.done_at, s.state,
        case when s.state in ('received', 'failed') then j.run_at end,
        (select count(*) from attempts a where a.delivery = d.id),
        (select a.error from attempts a where a.delivery = d.id and a.error is not null
            order by a.id desc limit 1)
    from deliveries d
    left join graphile_worker.jobs j on j.key = 'delivery-' || d.id
    cross join lateral (select case
        when d.done_at is not null then 'done'
        when j.key is null then 'given up'
        when j.locked_at is not null and exists (
            select from attempts a where a.delivery = d.id and a.ended_at is null
        ) then 'running'
        when j.locked_at is null and j.attempts >= j.max_attempts then 'given up'
        -- A job that a worker holds and has yet to begin is counted as an attempt already.
        when j.attempts > (j.locked_at is not null)::int then 'failed'
        else 'received'
    end as state) s
$$;
