-- KEYS: record, limit...
-- ARGV: ahead, lifetime, retention, max_attempts, subject, purpose, purpose_optional, (most, window)...
local longest, place = 0, 0
local starts = {}
for i = 2, #KEYS do
    local most, window = tonumber(ARGV[4 + i * 2]), tonumber(ARGV[5 + i * 2])
    local counter = redis.call('HMGET', KEYS[i], 'count', 'start')
    local count, start = tonumber(counter[1] or 0), tonumber(counter[2] or 0)
    if count > 0 and now < start + window then
        starts[i] = start
        local wait = start + window - now
        if count >= most and wait >= longest then
            longest, place = wait, i - 2
        end
    end
end
if longest > 0 then
    return {longest, place}
end
for i = 2, #KEYS do
    if starts[i] then
        redis.call('HINCRBY', KEYS[i], 'count', 1)
    else
        redis.call('HSET', KEYS[i], 'count', 1, 'start', now)
        redis.call('PEXPIRE', KEYS[i], ARGV[5 + i * 2])
    end
end
redis.call('HSET', KEYS[1], 'state', 'reserved', 'attempts', 0, 'max_attempts', ARGV[4], 'subject', ARGV[5],
    'purpose', ARGV[6], 'purpose_optional', ARGV[7], 'created_at', now, 'expires_at', now + ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[3])
return {0, 0}
