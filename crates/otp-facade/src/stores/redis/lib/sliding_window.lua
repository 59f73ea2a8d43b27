-- Rate limit windows that slide. The same rules as SlidingWindow in sliding_window.rs.
-- A log is a string: the longest window, and for each entry its time, count and label: "86400000;1700000000000 1 label;".
local function read_log(key)
    local text = call('GET', key)
    local log = {longest = 0}
    if text then
        local longest, entries = string.match(text, '^(%d+);(.*)$')
        log.longest = tonumber(longest)
        for moment, count, label in string.gmatch(entries, '(%d+) (%d+) ([^;]*);') do
            log[#log + 1] = {time = tonumber(moment), count = tonumber(count), label = label}
        end
    end
    return log
end

-- What is counted in a step leaves the window a little late, and never early.
local function end_of_step(step)
    if step <= 1 then
        return now
    end
    return now - now % step + step - 1
end

-- The clock went back: entries in the future count as of now, so that nobody waits longer than a window. They stay counted,
-- or each step back would double a limit.
local function follow_clock(log, step)
    local latest = end_of_step(step)
    for _, entry in ipairs(log) do
        log.went_back = log.went_back or entry.time > latest
        entry.time = math.min(entry.time, latest)
    end
end

-- What counts within a window, oldest first: each entry, or each other label once, with its latest time.
local function counted(log, window, label)
    local found = {}
    for i = 1, #log do
        local entry = log[i]
        local counts = entry.time + window > now
        if counts and label ~= '' then
            counts = entry.label ~= label
            for later = i + 1, #log do
                counts = counts and log[later].label ~= entry.label
            end
        end
        if counts then
            found[#found + 1] = {time = entry.time, count = label == '' and entry.count or 1}
        end
    end
    return found
end

-- How many more a limit allows, and how long until it allows one.
local function room_of(log, max, window, label)
    local found, count = counted(log, window, label), 0
    for _, entry in ipairs(found) do
        count = count + entry.count
    end
    if count < max then
        return max - count, 0
    end
    -- The window has room again when so many of the oldest have left it.
    local excess, leaves = count - max + 1, now
    for _, entry in ipairs(found) do
        leaves = entry.time + window
        excess = excess - entry.count
        if excess <= 0 then
            break
        end
    end
    return 0, math.max(leaves - now, 1)
end

local function write_log(key, log, kept_for)
    local texts = {}
    for _, entry in ipairs(log) do
        if entry.count > 0 then
            texts[#texts + 1] = string.format('%d %d %s;', entry.time, entry.count, entry.label)
        end
    end
    if #texts == 0 then
        call('DEL', key)
    elseif kept_for then
        call('SET', key, text_of(log.longest) .. ';' .. table.concat(texts), 'PX', text_of(kept_for))
    else
        call('SET', key, text_of(log.longest) .. ';' .. table.concat(texts), 'KEEPTTL')
    end
end

-- Counts a challenge. Returns the new log and the time under which it is counted.
local function count_in(log, step, longest, label)
    local kept = {longest = math.max(log.longest, longest)}
    -- Two entries of a label are enough: one may be given back, and the other then counts again.
    local excess = -1
    for _, entry in ipairs(log) do
        if label ~= '' and entry.label == label then
            excess = excess + 1
        end
    end
    for _, entry in ipairs(log) do
        local is_excess = excess > 0 and entry.label == label
        if is_excess then
            excess = excess - 1
        elseif entry.time + kept.longest > now then
            kept[#kept + 1] = entry
        end
    end
    local moment, last = end_of_step(step), kept[#kept]
    if last and last.time == moment and last.label == label then
        last.count = last.count + 1
    else
        kept[#kept + 1] = {time = moment, count = 1, label = label}
    end
    return kept, moment
end
