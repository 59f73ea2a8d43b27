-- ChallengeStore::settle_create if nothing was sent: removes the record and takes back its counts. The same rules as
-- WindowCounters::decrement in window_counters.rs.
-- KEYS: record, quota... ARGV: ahead, (number of windows, window...)...
local record = redis.call('HMGET', KEYS[1], 'state', 'created_at')
if record[1] ~= 'reserved' then
    return 0
end
local at = 2
for i = 2, #KEYS do
    local windows = {unpack(ARGV, at + 1, at + ARGV[at])}
    at = at + 1 + #windows
    for n, counter in ipairs(redis.call('HMGET', KEYS[i], unpack(windows))) do
        local start, count = string.match(counter or '', '(%d+) (%d+)')
        -- A window that began after the reservation never counted it.
        if start and tonumber(start) <= tonumber(record[2]) then
            if tonumber(count) > 1 then
                redis.call('HSET', KEYS[i], windows[n], start .. ' ' .. count - 1)
            else
                redis.call('HDEL', KEYS[i], windows[n])
            end
        end
    end
end
redis.call('DEL', KEYS[1])
return 1
