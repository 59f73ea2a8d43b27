-- What is counted for people over their challenges: a hash for each bucket, so that its key is known from an id alone.
--   failures:<name> = until, since, count      The same rules as FailureCounter in failure_counter.rs.
--   accepted:<name> = until, name of a record  The record of a shared challenge that was the last to be accepted.

-- Fields do not expire in Redis 7.0. Each write looks at two fields and removes those whose time is over. As a write adds
-- at most one, the rest stays small.
local function keep_people(people, kept_for)
    local fields = call('HRANDFIELD', people, '2', 'WITHVALUES')
    for i = 1, #fields, 2 do
        if now >= tonumber(string.match(fields[i + 1], '^%d+')) then
            call('HDEL', people, fields[i])
        end
    end
    -- GT alone never sets an expiry on a key without one, so a new key needs NX first.
    if call('PEXPIRE', people, kept_for, 'NX') == 0 then
        call('PEXPIRE', people, kept_for, 'GT')
    end
end

-- How many failures in a row are counted, since when, and until when.
local function failures_of(people, name)
    local value = call('HGET', people, 'failures:' .. name)
    local ends, since, count = string.match(value or '', '(%d+) (%d+) (%d+)')
    if not ends or now >= tonumber(ends) then
        return 0, now, 0
    end
    return tonumber(count), tonumber(since), tonumber(ends)
end

local function write_failures(people, name, count, since, ends)
    call('HSET', people, 'failures:' .. name, string.format('%d %d %d', ends, since, count))
end

-- Counts an attempt as a failure. False if there were too many already.
local function count_failure(people, name, max, retention)
    local count, since = failures_of(people, name)
    if count >= tonumber(max) then
        return false
    end
    write_failures(people, name, count + 1, since, now + retention)
    keep_people(people, retention)
    return true
end

-- Removes the failures after a success, or takes one back that was counted at this time, unless a success came after it. The
-- failures before it stay counted for as long as it prolonged them.
local function settle_failure(people, name, accepted, counted_at)
    if accepted then
        call('HDEL', people, 'failures:' .. name)
        return
    end
    local count, since, ends = failures_of(people, name)
    if count > 1 and since <= tonumber(counted_at) then
        write_failures(people, name, count - 1, since, ends)
    elseif count == 1 and since <= tonumber(counted_at) then
        call('HDEL', people, 'failures:' .. name)
    end
end

-- The record of a shared challenge that was the last to be accepted, or false.
local function accepted_of(people, name)
    local value = call('HGET', people, 'accepted:' .. name)
    local ends, record = string.match(value or '', '(%d+) (.+)')
    return ends and now < tonumber(ends) and record
end
