-- The status of an open record by its attempts, its limit of them, and its end.
local function status_of(state, attempts, most, ends)
    if state ~= 'open' then
        return state
    elseif now >= tonumber(ends) then
        return 'expired'
    elseif tonumber(attempts) >= tonumber(most) then
        return 'exhausted'
    end
    return 'pending'
end
