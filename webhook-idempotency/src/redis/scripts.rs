//! The Lua scripts, one for each step.
//!
//! A key of a delivery is a string that contains the identity of its claim. A claim is a hash:
//!
//! | field | content |
//! |---|---|
//! | `holder` | the last token that claimed or committed it |
//! | `open` | present until it is committed |
//! | `until` | the end of its lease in milliseconds; present while it is in flight |
//! | `ids` | the number of unsigned ids that belong to it |
//! | `flooded` | present after it has refused an id |
//! | `note` | the note, unless it is empty |
//!
//! Committing and releasing a claim only removes fields, which a full Redis allows. A claim expires with the last of its
//! keys. A key whose claim does not exist belongs to no claim.
//!
//! A forgotten claim has no field but `forgotten`, and does not exist any more. Its other keys still contain its identity,
//! which is therefore not used again until they have expired.

use std::sync::Arc;

use redis::Script;

use crate::store::MAX_IDS;

pub(super) const UNDECLARED: i64 = -1;
pub(super) const IDENTITY_IN_USE: i64 = -2;
pub(super) const OURS: i64 = 0;
pub(super) const IN_FLIGHT: i64 = 1;
pub(super) const COMMITTED: i64 = 2;
pub(super) const DONE: i64 = 1;

#[derive(Clone)]
pub(super) struct Scripts {
    pub(super) claim: Arc<Script>,
    pub(super) commit: Arc<Script>,
    pub(super) release: Arc<Script>,
    pub(super) forget: Arc<Script>,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let before = format!("local MAX_IDS = {MAX_IDS}{BEFORE}");
        let script = |code: &str| Arc::new(Script::new(&[&before, code].concat()));
        Self {
            claim: script(CLAIM),
            commit: script(COMMIT),
            release: script(RELEASE),
            forget: script(FORGET),
        }
    }
}

/// The common beginning of all scripts.
///
/// `KEYS` are the delivery's keys, then the key of a claim that may be created, then those of claims that the delivery's
/// keys may belong to. A script returns a number, the note, and the names of undeclared claims.
const BEFORE: &str = "
local claims, token, note = ARGV[1], ARGV[2], ARGV[3]
local count, id, body = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local body_retention, lease = tonumber(ARGV[7]), tonumber(ARGV[8])
local new = KEYS[count + 1]
local function retention(i) return tonumber(ARGV[8 + i]) end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The claim that each key of the delivery belongs to.
local claim_of, undeclared, is_declared = {}, {}, {}
for i = count + 1, #KEYS do is_declared[KEYS[i]] = true end
for i = 1, count do
    local name = redis.call('GET', KEYS[i])
    if name then
        local claim = claims .. name
        if not is_declared[claim] then
            table.insert(undeclared, claim)
        elseif redis.call('HEXISTS', claim, 'holder') == 1 then
            claim_of[i] = claim
        end
    end
end
if #undeclared > 0 then return { -1, '', undeclared } end

-- 2: committed, 1: in flight, 0: free.
local function state(claim)
    if redis.call('HEXISTS', claim, 'open') == 0 then return 2 end
    local ends = redis.call('HGET', claim, 'until')
    if ends and now < tonumber(ends) then return 1 end
    return 0
end
local function is_held(claim) return redis.call('HGET', claim, 'holder') == token end

local function claim_of_delivery()
    local best, highest
    for i = 1, count do
        local claim = claim_of[i]
        local state = claim and state(claim)
        if claim and (not best or state > highest) then best, highest = claim, state end
    end
    return best, highest
end

local function take_note(claim)
    if not note:find('[^%z]') then
        redis.call('HDEL', claim, 'note')
    elseif redis.call('HGET', claim, 'note') ~= note then
        redis.call('HSET', claim, 'note', note)
    end
end

local function note_of(claim)
    return redis.call('HGET', claim, 'note') or string.rep('\\0', 16)
end

-- Lets the keys join a claim. With at_least, all keys are renewed for at least that long.
local function join(claim, at_least)
    local last, is_now_flooded = 0, false
    local is_flooded = redis.call('HEXISTS', claim, 'flooded') == 1
    for i = 1, count do
        local is_in = claim_of[i] == claim
        local joins = not claim_of[i] or not is_in and state(claim_of[i]) == 0
        if joins and i == id then
            if tonumber(redis.call('HGET', claim, 'ids') or '0') >= MAX_IDS then
                is_now_flooded = not is_flooded
                if is_now_flooded then redis.call('HSET', claim, 'flooded', '1') end
                is_flooded, joins = true, false
            else
                redis.call('HINCRBY', claim, 'ids', '1')
            end
        end
        if joins or is_in and (at_least or is_now_flooded and i == body) then
            local kept = retention(i)
            if i == body and is_flooded then kept = body_retention end
            kept = math.max(kept, at_least or 0)
            if is_in then
                redis.call('PEXPIRE', KEYS[i], string.format('%.0f', kept))
            else
                redis.call('SET', KEYS[i], claim:sub(#claims + 1), 'PX', string.format('%.0f', kept))
            end
            last = math.max(last, kept)
        end
    end
    if redis.call('PTTL', claim) < last then
        redis.call('PEXPIRE', claim, string.format('%.0f', last))
    end
end
";

const CLAIM: &str = "
local claim, state = claim_of_delivery()
if claim and (state == 2 or state == 1 and not is_held(claim)) then
    local note = note_of(claim)
    join(claim)
    return { state, note, {} }
end
-- A token that claimed before has used its identity.
if not claim and redis.call('EXISTS', new) == 1 then return { -2, '', {} } end
claim = claim or new
redis.call('HSET', claim, 'open', '1', 'holder', token, 'until', string.format('%.0f', now + lease))
take_note(claim)
join(claim, lease)
return { 0, '', {} }
";

const COMMIT: &str = "
local claim
for i = 1, count do
    local own = claim_of[i]
    if not claim and own and is_held(own) and state(own) > 0 then claim = own end
end
if not claim then
    local highest
    claim, highest = claim_of_delivery()
    if claim and highest > 0 then return { 0, '', {} } end
    claim = claim or new
    if not is_held(claim) then redis.call('HSET', claim, 'holder', token) end
end
redis.call('HDEL', claim, 'open', 'until')
take_note(claim)
join(claim, 0)
return { 1, '', {} }
";

const RELEASE: &str = "
for i = 1, count do
    local claim = claim_of[i]
    if claim and state(claim) == 1 and is_held(claim) then redis.call('HDEL', claim, 'until') end
end
return { 1, '', {} }
";

const FORGET: &str = "
local forgotten = 0
for i = 1, count do
    local claim = claim_of[i]
    if claim and redis.call('HEXISTS', claim, 'holder') == 1 then
        local left = redis.call('PTTL', claim)
        redis.call('DEL', claim)
        redis.call('HSET', claim, 'forgotten', '1')
        redis.call('PEXPIRE', claim, string.format('%.0f', left))
        forgotten = 1
    end
    redis.call('DEL', KEYS[i])
end
return { forgotten, '', {} }
";
