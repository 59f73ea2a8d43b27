-- ChallengeStore::reserve_create: checks the rate limits, counts the challenge, writes its record. The same rules as
-- WindowCounters in window_counters.rs.
-- KEYS: record, quota...
-- ARGV: ahead, lifetime, kept for, (number of limits, longest window, (max, window)...)..., (field, value)... of the record
-- A quota is a hash with a field per window: when the window began, and how many challenges were counted since.
local at, limit, max_wait, slowest = 4, 0, 0, 0
local changes = {}
local now_text = text_of(now)
for i = 2, #KEYS do
    local windows, max = {}, {}
    for n = 1, tonumber(ARGV[at]) do
        max[n], windows[n] = ARGV[at + 2 * n], ARGV[at + 2 * n + 1]
    end
    local change = {longest_window = ARGV[at + 1]}
    at = at + 2 + 2 * #windows
    for n, counter in ipairs(call('HMGET', KEYS[i], unpack(windows))) do
        local window, following = windows[n], now_text .. ' 1'
        if counter then
            local start, count = string.match(counter, '(%d+) (%d+)')
            -- The clock went back: a window that began in the future begins now, so that nobody waits longer than a window.
            -- It keeps its count, or each step back would double a limit.
            if now < tonumber(start) then
                start = now_text
                call('HSET', KEYS[i], window, start .. ' ' .. count)
            end
            local wait = start + window - now
            if wait > 0 then
                following = start .. ' ' .. count + 1
                if tonumber(count) >= tonumber(max[n]) and wait >= max_wait then
                    max_wait, slowest = wait, limit
                end
            end
        end
        change[2 * n - 1], change[2 * n] = window, following
        limit = limit + 1
    end
    changes[i] = change
end
-- Nothing is counted until all quotas have room.
if max_wait > 0 then
    return {max_wait, slowest}
end
for i = 2, #KEYS do
    local change = changes[i]
    call('HSET', KEYS[i], unpack(change))
    -- GT alone never sets an expiry on a key without one, so a new key needs NX first.
    if call('PEXPIRE', KEYS[i], change.longest_window, 'NX') == 0 then
        call('PEXPIRE', KEYS[i], change.longest_window, 'GT')
    end
end
call('HSET', KEYS[1], 'created_at', now_text, 'expires_at', text_of(now + ARGV[2]), unpack(ARGV, at))
call('PEXPIRE', KEYS[1], ARGV[3])
return {0, 0}
