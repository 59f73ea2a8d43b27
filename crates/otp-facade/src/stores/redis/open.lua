-- KEYS: record, slot. ARGV: ahead, provider_id, lifetime, retention, max_attempts. The key of the record that was open
-- in the slot is in the slot, and has the same hash tag.
if redis.call('HGET', KEYS[1], 'state') ~= 'reserved' then
    return 0
end
local former = redis.call('GET', KEYS[2])
if former then
    local record = redis.call('HMGET', former, 'state', 'expires_at')
    if record[1] == 'open' and now < tonumber(record[2]) then
        redis.call('HSET', former, 'state', 'cancelled')
    end
end
redis.call('HSET', KEYS[1], 'state', 'open', 'provider_id', ARGV[2], 'max_attempts', ARGV[5],
    'expires_at', now + ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[3] + ARGV[4])
redis.call('SET', KEYS[2], KEYS[1], 'PX', ARGV[3])
return 1
