-- Reads a record's state and times (Record). If another record of its shared challenge was accepted since it became pending,
-- it is verified (Record::follow_shared). If the clock went back to before it became pending, it has its full lifetime
-- again, and not the time that the clock went back in addition (Record::follow_clock).
local function read_record(key, people)
    local fields = call('HMGET', key, 'state', 'attempts', 'max_attempts', 'expires_at', 'provider_id', 'created_at',
        'shared', 'accepted_before', 'failures')
    local record = {state = fields[1], attempts = tonumber(fields[2]), max_attempts = tonumber(fields[3]),
        expires_at = tonumber(fields[4]), provider_id = fields[5], shared = fields[7], failures = fields[9]}
    if record.state ~= 'pending' then
        return record
    end
    local accepted = record.shared and accepted_of(people, record.shared)
    if accepted and accepted ~= fields[8] then
        record.state = 'verified'
        call('HSET', key, 'state', 'verified')
        return record
    end
    local back = fields[6] - now
    if back > 0 then
        record.expires_at = record.expires_at - back
        call('HSET', key, 'created_at', text_of(now), 'expires_at', text_of(record.expires_at))
    end
    return record
end

-- The status of a record (Record::status).
local function status_of(record)
    if record.state ~= 'pending' then
        return record.state
    elseif now >= record.expires_at then
        return 'expired'
    elseif record.attempts >= record.max_attempts then
        return 'too_many_attempts'
    end
    return 'pending'
end
