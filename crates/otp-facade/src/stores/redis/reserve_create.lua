-- KEYS: record, quota...
-- ARGV: ahead, lifetime, kept for, (how many limits, longest window, (most, window)...)..., (field, value)... of the record
-- A quota is a hash of its windows: when each began, and how many were counted since.
local at, limit, longest, place = 4, 0, 0, 0
local changes = {}
local now_text = text_of(now)
for i = 2, #KEYS do
    local windows, most = {}, {}
    for n = 1, tonumber(ARGV[at]) do
        most[n], windows[n] = ARGV[at + 2 * n], ARGV[at + 2 * n + 1]
    end
    local change = {longest_window = ARGV[at + 1]}
    at = at + 2 + 2 * #windows
    for n, counter in ipairs(call('HMGET', KEYS[i], unpack(windows))) do
        local window, following = windows[n], now_text .. ' 1'
        if counter then
            local start, count = string.match(counter, '(%d+) (%d+)')
            -- If the clock went back, a window that began in the future begins now: nobody waits for longer than a
            -- window. It is not taken for over, or each step back would double a limit.
            if now < tonumber(start) then
                start = now_text
                call('HSET', KEYS[i], window, start .. ' ' .. count)
            end
            local wait = start + window - now
            if wait > 0 then
                following = start .. ' ' .. count + 1
                if tonumber(count) >= tonumber(most[n]) and wait >= longest then
                    longest, place = wait, limit
                end
            end
        end
        change[2 * n - 1], change[2 * n] = window, following
        limit = limit + 1
    end
    changes[i] = change
end
if longest > 0 then
    return {longest, place}
end
for i = 2, #KEYS do
    local change = changes[i]
    call('HSET', KEYS[i], unpack(change))
    if call('PEXPIRE', KEYS[i], change.longest_window, 'NX') == 0 then
        call('PEXPIRE', KEYS[i], change.longest_window, 'GT')
    end
end
call('HSET', KEYS[1], 'created_at', now_text, 'expires_at', text_of(now + ARGV[2]), unpack(ARGV, at))
call('PEXPIRE', KEYS[1], ARGV[3])
return {0, 0}
