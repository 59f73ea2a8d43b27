-- The end of an open record. If the clock went back to before the record was opened, it gets the time that it had then,
-- and not the time more that the clock has to make up for.
local function end_of(key, begins, ends)
    local back = begins - now
    if back <= 0 then
        return ends
    end
    ends = text_of(ends - back)
    call('HSET', key, 'created_at', text_of(now), 'expires_at', ends)
    return ends
end

-- The status of an open record by its attempts, its limit of them, and its end.
local function status_of(state, attempts, most, ends)
    if state ~= 'pending' then
        return state
    elseif now >= tonumber(ends) then
        return 'expired'
    elseif tonumber(attempts) >= tonumber(most) then
        return 'too_many_attempts'
    end
    return 'pending'
end
