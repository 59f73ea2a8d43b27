-- What is kept under idempotency keys: a hash for each recipient, so that it is forgotten with the recipient. The same rules
-- as CreateRecord in idempotency.rs. It needs people.lua.
--   <name> = until, since, end of the lease, state, hash of the request, what the guard keeps, name of the record
local function write_create(creates, name, create)
    call('HSET', creates, name, string.format('%d %d %d %s %s %s %s', create.ends, create.since, create.lease_ends,
        create.state, create.request, create.kept, create.record))
end

local function read_create(creates, name)
    local ends, since, lease_ends, state, request, kept, record =
        string.match(call('HGET', creates, name) or '', '^(%d+) (%d+) (%d+) (%l+) (%S+) (%S*) (.+)$')
    if not ends then
        return nil
    end
    local create = {ends = tonumber(ends), since = tonumber(since), lease_ends = tonumber(lease_ends), state = state,
        request = request, kept = kept, record = record}
    -- If the clock went back, it lasts as long as it would have, and not the time that the clock went back in addition.
    local back = create.since - now
    if back > 0 then
        create.ends, create.since, create.lease_ends = create.ends - back, now, create.lease_ends - back
        write_create(creates, name, create)
    end
    return now < create.ends and create or nil
end

-- What another create with the same key gets: a word, milliseconds, and what the guard keeps.
local function replay_of(create, request)
    if create.request ~= request then
        return 'other_request', 0, ''
    elseif create.state ~= 'reserved' then
        return create.state, now - create.since, create.kept
    elseif now < create.lease_ends then
        return 'in_flight', create.lease_ends - now, ''
    end
    return 'uncertain', now - create.since, ''
end

-- Records what became of the create with this record, unless another create has taken the key. Without a time, it stays as
-- long as it would have.
local function settle_create(creates, name, record, state, kept, kept_for)
    local create = read_create(creates, name)
    if create and create.record == record then
        create.state, create.kept, create.since = state, kept, now
        create.ends = kept_for and now + kept_for or create.ends
        write_create(creates, name, create)
        keep_people(creates, create.ends - now)
    end
end
