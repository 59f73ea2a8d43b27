-- When a pending record expires. If the clock went back to before the record became pending, it has its full lifetime again,
-- and not the time that the clock went back in addition (Record::follow_clock).
local function end_of(key, begins, ends)
    local back = begins - now
    if back <= 0 then
        return ends
    end
    ends = text_of(ends - back)
    call('HSET', key, 'created_at', text_of(now), 'expires_at', ends)
    return ends
end

-- The status of a record (Record::status).
local function status_of(state, attempts, max, ends)
    if state ~= 'pending' then
        return state
    elseif now >= tonumber(ends) then
        return 'expired'
    elseif tonumber(attempts) >= tonumber(max) then
        return 'too_many_attempts'
    end
    return 'pending'
end
